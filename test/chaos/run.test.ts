/** One short run on real processes, and one with a bug in the nodes: the harness must tell them apart. */
import { describe, expect, test } from "@jest/globals";
import { plants } from "./plants/index.ts";
import { isGood } from "./report.ts";
import { run } from "./run.ts";

const quietly = () => {};

describe("a cluster of three nodes", () => {
  test("loses nothing and does nothing twice when a node is killed in the middle of appends", async () => {
    const { report, violations } = await run({ workload: "playlist-append", nemesis: ["kill"], seconds: 6, quietSeconds: 3, seed: 7, nodes: 3, tell: quietly });
    expect(violations).toEqual([]);
    expect(report).toMatchObject({ lost: 0, duplicated: 0, splits: 0, broken: {}, failures: [], unknown: 0 });
    expect(report.faults).toMatchObject({ kill: expect.any(Number) });
    expect(report.acked).toBeGreaterThan(50);
    // What it says of itself may be that it was short, not that nothing happened.
    expect(report.vacuous.filter((reason) => !reason.startsWith("only"))).toEqual([]);
  }, 120_000);

  test("refuses the append of a node that was stopped in the middle of it until another had its shards", async () => {
    const { report, violations } = await run({ workload: "playlist-append", nemesis: ["pause"], seconds: 11, quietSeconds: 3, seed: 7, nodes: 3, tell: quietly });
    expect(violations).toEqual([]);
    expect(report.faults).toEqual({ pause: 1 });
    expect(report.refusedZombieWrites).toBeGreaterThanOrEqual(1);
  }, 120_000);

  test("that answers before it has committed is caught", async () => {
    const plant = plants["early-answer"];
    if (plant === undefined) throw new Error("there is no such plant");
    const { report, violations } = await run({ workload: plant.workload, nemesis: [plant.nemesis], seconds: 5, quietSeconds: 2, seed: 7, nodes: 3, plant, tell: quietly });
    expect(isGood(report)).toBe(false);
    expect(violations.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["lost"]));
  }, 120_000);

  test("shows friends what is played, ten seconds after a node was killed as well", async () => {
    const { report, violations } = await run({ workload: "now-playing", nemesis: ["kill"], seconds: 5, quietSeconds: 3, seed: 7, nodes: 3, tell: quietly });
    expect(violations).toEqual([]);
    expect(report).toMatchObject({ broken: {}, failures: [], faults: { kill: 1 } });
    expect(report.figures?.["viewsCompared"]).toBeGreaterThan(1_000);
    expect(report.figures?.["deliveries"]).toBeGreaterThan(100);
  }, 120_000);

  test("logs each listening event once when a node is killed, and gives it to a consumer that is killed once", async () => {
    const { report, violations } = await run({ workload: "listening-events", nemesis: ["kill"], seconds: 5, quietSeconds: 3, seed: 7, nodes: 3, tell: quietly });
    expect(violations).toEqual([]);
    expect(report).toMatchObject({ lost: 0, duplicated: 0, broken: {}, failures: [], unknown: 0 });
    expect(report.figures?.["events"]).toBeGreaterThan(500);
    expect(report.figures?.["consumed"]).toBe(report.figures?.["events"]);
  }, 120_000);

  test("whose gateways pass on what they know already is caught", async () => {
    const plant = plants["no-stamps"];
    if (plant === undefined) throw new Error("there is no such plant");
    const { violations } = await run({ workload: plant.workload, nemesis: [plant.nemesis], seconds: 5, quietSeconds: 1, seed: 3, nodes: 3, plant, tell: quietly });
    expect(violations.map(({ kind }) => kind)).toContain("duplicated");
  }, 120_000);
});
