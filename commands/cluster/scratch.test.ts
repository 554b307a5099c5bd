/** A cluster for benches and simulations leaves nothing behind. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { until } from "../../test/kit/index.ts";

interface Up {
  readonly servers: Readonly<Record<string, number>>;
  readonly folder: string;
}

const alive = (pid: number): boolean => existsSync(`/proc/${pid}`);

test.each(["closed", "killed"])("when it is %s, its servers end and its folder goes", async (how) => {
  const starter = fork(new URL("testing/scratch-starter.ts", import.meta.url), { execArgv: ["--disable-warning=ExperimentalWarning"] });
  try {
    const [{ servers, folder }] = (await once(starter, "message")) as [Up];
    expect(Object.keys(servers).toSorted()).toEqual(["nats", "postgresql", "redis"]);
    expect([Object.values(servers).every(alive), existsSync(folder)]).toEqual([true, true]);
    if (how === "closed") starter.send("close");
    else starter.kill("SIGKILL");
    await once(starter, "exit");
    await until(() => !Object.values(servers).some(alive) && !existsSync(folder), 10_000);
  } finally {
    starter.kill("SIGKILL");
  }
}, 60_000);
