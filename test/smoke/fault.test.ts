/** An error that nobody catches: the node says so, lets go what is in progress, stops in order and ends with 1. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, test } from "@jest/globals";
import { freshDatabase, freshFolder } from "../kit/index.ts";
import { startProcess, type EnsembleProcess } from "../../commands/cluster/servers.ts";

let node: EnsembleProcess | undefined;
afterEach(() => node?.kill());

/** Throws, or rejects, where nobody listens, when the process gets SIGUSR2. */
const faults = {
  exception: `process.on("SIGUSR2", () => { throw new Error("planted fault"); });`,
  rejection: `process.on("SIGUSR2", () => { void Promise.reject(new Error("planted fault")); });`,
};

describe("a fault of ours", () => {
  test.each(Object.entries(faults))("an unhandled %s stops the node in order, with status 1", async (_kind, code) => {
    const folder = await freshFolder("fault");
    const preload = join(folder, "fault.mjs");
    await writeFile(preload, code);
    node = await startProcess({ NODE_ENV: "test", HOST: "127.0.0.1", PORT: 0, OPS_PORT: 0, DATABASE_URL: await freshDatabase(), DATA_DIR: folder }, [], `--import=${pathToFileURL(preload).href}`);
    node.signal("SIGUSR2");
    expect(await node.exited).toBe(1);
    expect(node.output()).toContain("an error reached nobody");
    expect(node.output()).toContain("planted fault");
    // Not cut short: the orderly end says that it has begun, and came to its end within its bound.
    expect(node.output()).toContain("Stopping...");
  }, 90_000);
});
