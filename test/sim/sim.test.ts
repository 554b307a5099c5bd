import { describe, expect, test } from "@jest/globals";
import type { Plan } from "./plan.ts";
import { simulateSeeds } from "./seeds.ts";
import { simulate } from "./world.ts";

const shown = (violations: readonly { readonly checker: string; readonly message: string }[]): string[] => violations.slice(0, 3).map(({ checker, message }) => `${checker}: ${message}`);

/** Seeds that found a bug once, each with what it was. */
const regressions: readonly (readonly [seed: number, bug: string])[] = [
  [1, "a reply of undefined was lost on the wire"],
  [57, "a claim whose answer was lost left a shard without an owner"],
  [148, "a call waited for the store beyond its deadline"],
  [295, "a node that heard of others before its start had ended joined twice, and kept what the first life owned"],
  [359, "an append whose outcome was unknown took effect after its events were trimmed"],
];

const failingReleases: Partial<Plan> = {
  limits: { leaseMs: 3_000, renewMs: 1_000, leaseMarginMs: 300, lookMs: 1_000, viewMs: 700, attemptMs: 1_000, retryMs: 10, retryMaxMs: 200, drainMs: 1_000 },
  shards: 2, nodes: 3, actors: 1, callers: 16, readers: 14, thinkMs: 5, leadsAway: true, nemeses: ["join", "stop", "crash"], nemesisMs: 400, stormMs: 14_000,
  network: { drop: 0.6, duplicate: 0, slow: 0.1, slowMs: 500, delayMs: 1 },
  store: { only: ["release"], failBefore: 0, failAfter: 0.3, late: 0.3, slow: 0, slowMs: 300, delayMs: 1 },
};

describe("simulation -", () => {
  test("the same seed does the same", async () => {
    const lines: string[][] = [[], []];
    const [one, other] = [await simulate(7, { trace: (line) => lines[0]?.push(line) }), await simulate(7, { trace: (line) => lines[1]?.push(line) })];
    expect(lines[1]).toEqual(lines[0]);
    expect(other.hash).toBe(one.hash);
    expect((await simulate(8)).hash).not.toBe(one.hash);
  });

  test("while releases fail or take effect late, nobody reads at the former owner", async () => {
    for (const seed of [17, 30, 34]) expect(shown((await simulate(seed, { plan: failingReleases })).violations)).toEqual([]);
  });

  test.each(regressions)("seed %d: %s", async (seed) => {
    expect(shown((await simulate(seed)).violations)).toEqual([]);
  });

  test("in 200 seeds nothing is lost, doubled, out of order, stale or stuck", async () => {
    const { failures, acknowledged, unknown, refusedWrites, faults } = await simulateSeeds(1_000, 200);
    expect(failures.map(({ seed, violations }) => [seed, shown(violations)])).toEqual([]);
    // Nor is the run vacuous: much was done, under faults that bit.
    expect(acknowledged).toBeGreaterThan(30_000);
    expect(faults).toBeGreaterThan(1_000);
    expect(refusedWrites).toBeGreaterThan(100);
    expect(unknown).toBeGreaterThan(50);
    // Five seconds of one core, on a machine that has one to spare.
  }, 180_000);
});
