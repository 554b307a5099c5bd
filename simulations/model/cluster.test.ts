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
  const cluster = new Cluster(sim, { nodes, gateways, generators: 1, cores: Infinity, timesOut: true });
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
