import { describe, expect, test } from "@jest/globals";
import { regressions, shown } from "./pinned.ts";
import { simulateSeeds } from "./seeds.ts";
import { simulate } from "./world.ts";

const told = (violations: readonly { readonly checker: string; readonly message: string }[]): string[] => violations.slice(0, 3).map(({ checker, message }) => `${checker}: ${message}`);

describe("simulation - pinned seeds:", () => {
  test.each(regressions)("seed $seed: $found", async ({ seed, plan = {} }) => {
    expect(told((await simulate(seed, { plan })).violations)).toEqual([]);
  });

  test.each(shown)("seed $seed shows: $shows", async ({ seed, plan = {}, shows }) => {
    const { violations, situations } = await simulate(seed, { plan });
    expect(told(violations)).toEqual([]);
    expect(situations).toContain(shows);
  });
});

describe("simulation -", () => {
  test.each(["log", "playlist", "reminders", "soft"] as const)("the same seed does the same (%s)", async (workload) => {
    const plan = { workloads: [workload] };
    const lines: string[][] = [[], []];
    const [one, other] = [await simulate(7, { plan, trace: (line) => lines[0]?.push(line) }), await simulate(7, { plan, trace: (line) => lines[1]?.push(line) })];
    expect(lines[1]).toEqual(lines[0]);
    expect(other.hash).toBe(one.hash);
    expect((await simulate(8, { plan })).hash).not.toBe(one.hash);
  });

  test("in 200 seeds nothing is lost, doubled, out of order, stale or stuck, and no list differs from its journal", async () => {
    const { failures, acknowledged, unknown, refusedWrites, faults, situations } = await simulateSeeds(1_000, 200);
    expect(failures.map(({ seed, violations }) => [seed, told(violations)])).toEqual([]);
    // Nor is the run vacuous: much was done, under faults that bit.
    expect(acknowledged).toBeGreaterThan(30_000);
    expect(faults).toBeGreaterThan(1_000);
    expect(refusedWrites).toBeGreaterThan(100);
    expect(unknown).toBeGreaterThan(50);
    expect(situations.size).toBeGreaterThan(9);
    // Eight seconds of one core, on a machine that has one to spare.
  }, 180_000);
});
