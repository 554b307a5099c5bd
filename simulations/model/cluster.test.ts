/** Faults of the modelled cluster, at a load of one operation each 10 ms. */
import { describe, expect, test } from "@jest/globals";
import { Simulation } from "../engine/index.ts";
import type { Fault } from "../scenario/index.ts";
import { Cluster } from "./cluster.ts";
import { Process } from "./process.ts";

const cost = { gatewayS: 0.001, nodeS: 0.001, generatorS: 0, machineS: 0, restS: [0] };
const run = (act: () => void): void => act();

/** When each ended that was begun at 0, 10, 20 .. ms, and how. */
function during(fault: Fault, { nodes = 2, gateways = 2 } = {}): { readonly atS: number; readonly tookS: number; readonly outcome: string }[] {
  const sim = new Simulation({ seed: 1 });
  const cluster = new Cluster(sim, { nodes, gateways, generators: 1, cores: Infinity, idleUse: 0, machineUse: 0, timesOut: true });
  const ended: ReturnType<typeof during> = [];
  for (let n = 0; n < 3_000; n++) {
    const atS = n / 100;
    sim.at(atS, run, () => cluster.take(cost, n, (outcome) => ended.push({ atS, tookS: sim.nowS - atS, outcome })));
  }
  sim.at(fault.atS, run, () => cluster.begin(fault));
  sim.at(fault.atS + fault.forS, run, () => cluster.end(fault));
  sim.run();
  return ended;
}

const slow = (all: ReturnType<typeof during>) => all.filter(({ tookS, outcome }) => tookS > 0.5 && outcome === "ok");
const failed = (all: ReturnType<typeof during>) => all.filter(({ outcome }) => outcome !== "ok");

describe("faults in the model -", () => {
  test("a killed gateway costs those who ask it, until they know better", () => {
    const all = during({ atS: 10, forS: 10, what: "gateway", number: 1, how: "kill" });
    expect(all).toHaveLength(3_000);
    // What was under way, and whoever comes next.
    expect(new Set(failed(all).map(({ outcome }) => outcome))).toEqual(new Set(["ECONNRESET", "ECONNREFUSED"]));
    // One each two seconds looks whether it is back.
    expect(failed(all).length).toBeGreaterThan(2);
    expect(failed(all).length).toBeLessThan(10);
    expect(failed(all).every(({ atS }) => atS >= 9.98 && atS <= 20)).toBe(true);
  });

  test("what a killed node's actors are asked waits until they live elsewhere, and nothing fails", () => {
    const all = during({ atS: 10, forS: 15, what: "node", number: 2, how: "kill" });
    expect(failed(all)).toEqual([]);
    expect(slow(all).length).toBeGreaterThan(200);
    expect(slow(all).every(({ atS, tookS }) => atS < 15 && tookS < 6)).toBe(true);
    expect(all.filter(({ atS, tookS }) => atS > 16 && tookS > 0.1)).toEqual([]);
  });

  test("a bus that stands still stops everything that a node is asked, and only for so long", () => {
    const all = during({ atS: 10, forS: 2, what: "nats", number: 1, how: "pause" });
    expect(failed(all)).toEqual([]);
    expect(Math.max(...all.map(({ tookS }) => tookS))).toBeGreaterThan(1.9);
    expect(all.filter(({ atS, tookS }) => atS > 13 && tookS > 0.01)).toEqual([]);
  });

  test("a gateway that stands still for long is left by those whose time is over", () => {
    const all = during({ atS: 10, forS: 15, what: "gateway", number: 1, how: "pause" });
    expect(new Set(failed(all).map(({ outcome }) => outcome))).toEqual(new Set(["timeout"]));
    expect(failed(all).every(({ tookS }) => Math.abs(tookS - 10) < 1e-6)).toBe(true);
  });
});

/** Quantiles of what operations take that rest for 1 to 100 ms and keep so much of four cores busy. */
function tookAt(use: number): { readonly medianS: number; readonly mostS: number } {
  const sim = new Simulation({ seed: 1 });
  const cluster = new Cluster(sim, { nodes: 1, gateways: 1, generators: 1, cores: 4, idleUse: 0, machineUse: 0.5, timesOut: false });
  const rested = { gatewayS: 0, nodeS: 0, generatorS: 0, machineS: (4 * use) / 100, restS: Array.from({ length: 100 }, (_, n) => (n + 1) / 1_000) };
  const took: number[] = [];
  for (let n = 0; n < 6_000; n++) sim.at(n / 100, run, () => cluster.take(rested, n, () => { if (n > 200) took.push(sim.nowS - n / 100); }));
  sim.run();
  took.sort((one, other) => one - other);
  return { medianS: took[took.length >> 1] ?? 0, mostS: took.at(-1) ?? 0 };
}

describe("a machine that fills -", () => {
  test("makes what is late later, and leaves what is usual as it is", () => {
    expect(tookAt(0.5).mostS).toBeCloseTo(0.1, 2);
    expect(tookAt(0.75).mostS).toBeCloseTo(0.051 + 0.049 * 2, 2);
    expect(tookAt(0.75).medianS).toBeCloseTo(tookAt(0.5).medianS, 2);
  });
});

describe("a process -", () => {
  test("does one thing after the other, and loses everything when it is killed", () => {
    const sim = new Simulation({ seed: 1 });
    const process = new Process(sim, "p");
    const ends: [number, boolean][] = [];
    for (let n = 0; n < 3; n++) process.enter(1, (isDone) => ends.push([sim.nowS, isDone]));
    sim.at(1.5, run, () => process.kill());
    sim.at(4, run, () => process.resume());
    sim.at(4, run, () => process.enter(0, (isDone) => ends.push([sim.nowS, isDone])));
    sim.run();
    expect(ends).toEqual([[1, true], [1.5, false], [1.5, false], [4, true]]);
  });
});
