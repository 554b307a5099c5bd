/** Passwords and tokens never reach a log, whatever the level and however a call fails. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "@jest/globals";
import { testConfig } from "../../test/kit/index.ts";

const script = `
  import { startNode } from "./ensemble.ts";
  import { loadConfig } from "./config.ts";
  const { broker, stop } = await startNode(loadConfig(), ["account"]);
  const secrets = [];
  const call = (action, params) => broker.call(action, params).catch((error) => { broker.logger.error("the call failed", error); return undefined; });
  const password = "canary-password-81f3";
  secrets.push(password);
  const session = await call("account.register", { username: "canary", password, country: "SE" });
  const next = await call("account.refresh", { refreshToken: session.refreshToken });
  secrets.push(session.accessToken, session.refreshToken, next.accessToken, next.refreshToken);
  broker.logger.info("a session", session);
  broker.logger.info({ session, password }, "a session");
  await call("account.register", { username: "canary", password, country: "SE" });
  await call("account.register", { username: "x", password, country: "SE", plan: password });
  await call("account.login", { username: "canary", password: password + "-wrong" });
  await call("account.login", { username: password, password });
  await call("account.refresh", { refreshToken: session.refreshToken });
  await call("account.refresh", { refreshToken: next.refreshToken });
  await call("account.logout", { refreshToken: next.refreshToken });
  const admin = await call("account.ensureAdmin", {});
  secrets.push(admin.password);
  await stop();
  process.send(secrets);
  process.disconnect();
`;

test("no log line holds a password or a token, at the most talkative level", async () => {
  const config = await testConfig({ LOG_LEVEL: "trace" });
  const env = { PATH: process.env["PATH"], NODE_ENV: "test", DATABASE_URL: config.DATABASE_URL, DATA_DIR: config.DATA_DIR, LOG_LEVEL: "trace" };
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { cwd: `${import.meta.dirname}/../..`, env, stdio: ["ignore", "pipe", "pipe", "ipc"] });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const secrets = (async () => ((await once(child, "message")) as [string[]])[0])();
  const [code] = (await once(child, "close")) as [number | null];
  expect({ code, log: code === 0 ? "" : log }).toEqual({ code: 0, log: "" });
  expect(log.split("\n").length).toBeGreaterThan(20);
  expect((await secrets).length).toBe(6);
  for (const secret of await secrets) expect(log.split("\n").filter((line) => line.includes(secret))).toEqual([]);
});
