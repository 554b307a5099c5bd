import { describe, expect, test } from "@jest/globals";
import { rateAt } from "../arrivals/index.ts";
import { readScenario } from "../scenario/index.ts";
import { Stream } from "../random/index.ts";
import type { RunResult } from "../run/index.ts";
import { calibrating, costsAt, costsOf, leastSquares, withRest, type Calibration } from "./calibration.ts";
import { runModel } from "./run.ts";
import { sensitivity } from "./sensitivity.ts";

const scenario = readScenario({ name: "s", about: "a test", durationS: 120, warmUpS: 40, concurrent: 1_000, thresholds: ["chunk.p99Ms < 1000"] });
const cost = (gatewayS: number, nodeS: number, restS = 0.001) => ({ gatewayS, nodeS, generatorS: 0, machineS: 0, restS: [restS] });
const calibration: Calibration = {
  scenario: "s", startedAt: "", version: "", host: null, samples: 1, idle: { gateway: 0, node: 0 }, machineUse: 0, uncertain: 0.03,
  operations: { play: cost(0.0003, 0.001), chunk: cost(0.0005, 0), report: cost(0.0002, 0.001), event: cost(0.0002, 0.0005) },
};
const model = (given: Partial<Parameters<typeof runModel>[2]> = {}, by: Calibration = calibration) => runModel(scenario, by, { seed: 1, scale: 1, nodes: 2, gateways: 1, generators: 1, users: 3_000, version: "", command: "", ...given });

/** p99 of a report when everything costs a tenth more, against a tenth less. */
function spreadAt(chunkS: number): number {
  const by: Calibration = { ...calibration, uncertain: 0.1, operations: { ...calibration.operations, chunk: cost(chunkS, 0) } };
  const [, , , , less = 0, , more = 0] = sensitivity(by, model({}, by), (costs) => model({}, costs)).rows.find(([kind]) => kind === "report") as number[];
  return more / less;
}

describe("the model of a run -", () => {
  const result = model();

  test("uses what its operations cost", () => {
    const { operations, resources, durationS, warmUpS } = result;
    const perS = (kind: string) => (operations[kind]?.done ?? 0) / (durationS - warmUpS);
    const used = (kind: string) => resources.filter((resource) => resource.kind === kind).reduce((sum, { meanUtilisation }) => sum + meanUtilisation, 0);
    expect(used("gateway") / (perS("play") * 0.0003 + perS("chunk") * 0.0005 + (perS("report") + perS("event")) * 0.0002)).toBeCloseTo(1, 1.5);
    expect(used("node") / (perS("play") * 0.001 + perS("report") * 0.001 + perS("event") * 0.0005)).toBeCloseTo(1, 1.5);
  });

  test("asks for a chunk every five seconds of each listener", () => {
    expect((result.operations["chunk"]?.offered ?? 0) / 80 / (1_000 / 5)).toBeGreaterThan(0.9);
    expect((result.operations["chunk"]?.offered ?? 0) / 80 / (1_000 / 5)).toBeLessThan(1.15);
  });

  test("is the same, byte for byte, for the same seed", () => {
    expect(JSON.stringify(model())).toBe(JSON.stringify(result));
    expect(JSON.stringify(model({ seed: 2 }))).not.toBe(JSON.stringify(result));
  });

  test("says how sure its latencies are: hardly far from full, and not at all close to it", () => {
    expect(spreadAt(0.001)).toBeLessThan(1.4);
    expect(spreadAt(0.0045)).toBeGreaterThan(2);
  });

  test("is slower when everything goes through less", () => {
    const slow = model({}, { ...calibration, operations: { ...calibration.operations, chunk: cost(0.004, 0) } });
    expect(slow.operations["report"]?.latency.p99Ms).toBeGreaterThan(3 * (result.operations["report"]?.latency.p99Ms ?? Infinity));
  });
});

describe("friends in the model -", () => {
  const social = readScenario({ name: "s", about: "a test", durationS: 60, warmUpS: 20, concurrent: 300, social: { connected: 0.5, followed: 4, star: { followers: 0.5, changes: { type: "constant", ratePerS: 1 } } } });
  const { operations } = runModel(social, { ...calibration, operations: { ...calibration.operations, connect: cost(0.001, 0.001), push: cost(0.0001, 0) } }, { seed: 1, scale: 1, nodes: 2, gateways: 1, generators: 1, users: 900, version: "", command: "" });

  const perS = (kind: string) => (operations[kind]?.done ?? 0) / 40;

  test("who is connected is told what those play whom he follows", () => {
    // The star each second to half of half of 300, and each play to as many of its four followers as are connected: 4 x 150 / 900.
    expect(perS("push") / (300 / 4 + (perS("play") - 1) * 4 * (150 / 900))).toBeGreaterThan(0.8);
    expect(perS("push") / (300 / 4 + (perS("play") - 1) * 4 * (150 / 900))).toBeLessThan(1.2);
  });
});

const measured = model();
const at = (load: number, gatewayS: number) => ({ load, run: measured, costs: { ...calibration, operations: { play: cost(gatewayS, 0.002) } } });

describe("calibration -", () => {
  test("finds the time beside CPU again that a run was made with, without the waiting that the model knows", () => {
    const { operations } = withRest({ ...calibration, operations: Object.fromEntries(Object.entries(calibration.operations).map(([kind, { gatewayS, nodeS }]) => [kind, cost(gatewayS, nodeS, 0)])) }, model(), runModel(scenario, { ...calibration, operations: { play: cost(0.0003, 0.001, 0), chunk: cost(0.0005, 0, 0), report: cost(0.0002, 0.001, 0), event: cost(0.0002, 0.0005, 0) } }, { seed: 1, scale: 1, nodes: 2, gateways: 1, generators: 1, users: 3_000, version: "", command: "" }));
    const { restS = [] } = operations["chunk"] ?? {};
    expect(restS.reduce((sum, value) => sum + value, 0) / restS.length).toBeCloseTo(0.001, 4);
  });

  test("gives each errand a rhythm of its own, and leaves out what happens to it", () => {
    const spiky = readScenario({
      name: "s", about: "a test", durationS: 120, warmUpS: 40, concurrent: 1_000, faults: [{ atS: 5, forS: 5, what: "node", how: "kill" }],
      edits: { arrivals: { type: "spike", base: { type: "poisson", ratePerS: 50 }, startMs: 1_000, tauMs: 1_000, amplitude: 2 }, playlists: 10 },
    });
    const { faults, edits } = calibrating(spiky, 56, 14);
    expect(faults).toEqual([]);
    expect([1_000, 6_999, 8_000, 15_000].map((atMs) => rateAt(edits?.arrivals ?? spiky.edits?.arrivals ?? { type: "constant", ratePerS: 0 }, atMs))).toEqual([100, 100, 0, 100]);
  });

  test("finds the costs that made the figures, whatever the noise", () => {
    const chance = new Stream(4);
    const rows = Array.from({ length: 200 }, () => [chance.index(50), chance.index(200), 1]);
    const values = rows.map(([one = 0, other = 0]) => 0.001 * one + 0.0004 * other + 0.02 + (chance.next() - 0.5) * 0.002);
    const [one, other, idle] = leastSquares(rows, values);
    expect(one).toBeCloseTo(0.001, 5);
    expect(other).toBeCloseTo(0.0004, 5);
    expect(idle).toBeCloseTo(0.02, 3);
  });

  test("takes costs further the way they went from one load to another, but not below a half", () => {
    expect(costsAt(0.9, at(0.1, 0.004), at(0.3, 0.003)).operations["play"]?.gatewayS).toBeCloseTo(0.002, 6);
    expect(costsAt(0.9, at(0.1, 0.012), at(0.3, 0.003)).operations["play"]?.gatewayS).toBeCloseTo(0.0015, 6);
    expect(costsAt(0.9, at(0.1, 0.003), at(0.3, 0.003)).operations["play"]?.nodeS).toBeCloseTo(0.002, 6);
  });

  test("tells operations that always come together apart by what they usually cost, and no further", () => {
    // A chunk and a report together cost 0.3 ms of a gateway, 2.8 to 1 as usual, and each second has as many of one as of the other.
    const seconds = measured.series.map((second, n) => {
      const count = 20 + (n % 7);
      const each = { ...Object.values(second.operations)[0], done: count } as RunResult["series"][number]["operations"][string];
      return { ...second, operations: { chunk: each, report: each }, resources: { "gateway-1": { utilisation: 0.02 + count * 0.0003, queue: 0 } } };
    });
    const { chunk, report } = measured.operations;
    const { operations } = costsOf({ ...measured, backEnd: "live", operations: { ...(chunk && { chunk }), ...(report && { report }) }, series: seconds }, { "gateway-1": 0.02 });
    const [of, by] = [operations["chunk"]?.gatewayS ?? 0, operations["report"]?.gatewayS ?? 0];
    expect(of + by).toBeCloseTo(0.0003, 6);
    expect(of / by).toBeCloseTo(372 / 132, 1);
  });

  test("finds no cost below nothing", () => {
    expect(leastSquares([[1, 1], [2, 1], [3, 1]], [3, 2, 1])[0]).toBe(0);
  });

  test("refuses a run that measured nothing", () => {
    const live: RunResult = { ...model(), backEnd: "live" };
    expect(() => costsOf({ ...live, verdict: "invalid", reasons: ["the machine was full"] })).toThrow(/the machine was full/);
    expect(() => costsOf({ ...live, series: live.series.slice(0, 5) })).toThrow(/too short/);
    expect(() => costsOf(model())).toThrow(/model/);
    expect(costsOf(live).operations["chunk"]?.gatewayS).toBeGreaterThan(0);
  });
});
