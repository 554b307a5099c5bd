/** The accounts command, as an operator runs it beside a service. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startTestNode, type TestNode } from "../../actors/testing/node.ts";
import { loadServices } from "../../ensemble.ts";

const root = new URL("../..", import.meta.url).pathname;
const password = "correct horse battery";
let node: TestNode;

beforeAll(async () => {
  node = await startTestNode(await loadServices(["account"]));
  for (const username of ["Ada", "Bob"]) await node.call("account.register", { username, password, country: "SE" });
});
afterAll(() => node.stop());

async function accounts(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { DATABASE_URL = "", DATA_DIR } = node.config;
  const env = { PATH: process.env["PATH"], NODE_ENV: "test", DATABASE_URL, DATA_DIR };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ["commands/main.ts", "accounts", ...args], { cwd: root, env });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, err: stderr };
  }
}

describe("npm run accounts", () => {
  test("lists accounts and sets a plan", async () => {
    expect((await accounts("set-plan", "bob", "premium")).code).toBe(0);
    const { code, out } = await accounts("list");
    expect(code).toBe(0);
    expect(out.trim().split("\n").map((line) => line.split("\t").slice(0, 4))).toEqual([["Ada", "free", "listener", "SE"], ["Bob", "premium", "listener", "SE"]]);
  });

  test("resets a password: the printed one opens, the old one and the sessions do not", async () => {
    const { refreshToken } = await node.call<{ refreshToken: string }>("account.login", { username: "Ada", password });
    const { code, out } = await accounts("reset-password", "ADA");
    expect(code).toBe(0);
    const made = /^Ada has the password (\S+) /.exec(out)?.[1];
    await node.call("account.login", { username: "Ada", password: made });
    await expect(node.call("account.login", { username: "Ada", password })).rejects.toMatchObject({ code: 401 });
    await expect(node.call("account.refresh", { refreshToken })).rejects.toMatchObject({ code: 401 });
  });

  test("says what it does not understand, and who is not there", async () => {
    expect(await accounts("set-plan", "bob", "golden")).toMatchObject({ code: 2, err: expect.stringContaining("usage:") as unknown });
    expect(await accounts("reset-password", "nobody")).toMatchObject({ code: 1, err: expect.stringContaining("There is no account nobody.") as unknown });
  });
});
