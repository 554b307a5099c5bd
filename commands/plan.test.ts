import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "@jest/globals";

const folder = mkdtempSync(join(tmpdir(), "plan-"));
afterAll(() => rmSync(folder, { recursive: true }));

const plan = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [fileURLToPath(new URL("main.ts", import.meta.url)), "plan", ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
};

describe("npm run plan -", () => {
  test("a file and options give one plan, printed and written", () => {
    const file = join(folder, "small.yaml");
    writeFileSync(file, "scale: 0.01\ninputs:\n  gateway.connections: { low: 20e3, mid: 40e3, high: 50e3 }\n");
    const { status, stdout } = plan(file, "--concurrent", "40e6", "--out", join(folder, "out"), "--json");
    expect(status).toBe(0);
    const answer: unknown = JSON.parse(stdout);
    expect(JSON.parse(readFileSync(join(folder, "out/plan.json"), "utf8"))).toEqual(answer);
    expect(answer).toMatchObject({ request: { inputs: expect.arrayContaining([expect.objectContaining({ name: "load.concurrent", origin: "given", value: { low: 400e3, mid: 400e3, high: 400e3 } })]) } });
  });

  test("a file whose inputs are all left out is the seed's numbers", () => {
    const file = join(folder, "none-yet.yaml");
    writeFileSync(file, "inputs:\n  # load.concurrent: 10e6\n");
    expect(plan(file)).toEqual(plan());
  });

  test("what cannot be planned ends with 2 and a sentence", () => {
    for (const [args, said] of [
      [["--concurrent", "many"], /--concurrent is "many"; it must be a number/],
      [["--concurrent", "1..2"], /LOW\.\.MID\.\.HIGH/],
      [["--concurent", "1"], /Unknown option '--concurent'/],
      [[join(folder, "none.yaml")], /cannot be read/],
      [["--explain", "nothing"], /explain is "nothing"; it must be a quantity of the plan/],
      [["--search.cpuMs", "1e9"], /no number of cells/],
    ] as const) {
      const { status, stdout, stderr } = plan(...args);
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
      expect(stderr).toMatch(said);
    }
  });
});
