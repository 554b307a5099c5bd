import { describe, expect, test } from "@jest/globals";
import { explain } from "./explain.ts";
import { evaluateAt, planOf, resourcesAt } from "./plan.ts";
import { resources } from "./quantities/index.ts";
import { reported, reportOf } from "./report.ts";
import { readRequest } from "./request.ts";
import { sweepOf } from "./sweep.ts";

const request = readRequest({});
const plan = planOf(request);

describe("plan -", () => {
  test.each([...reported, ...resources.map(({ name }) => name), ...plan.contradictions.flatMap(({ stated, implied }) => [stated, implied])])("%s is explained down to inputs with their sources", (name) => {
    const lines = explain(plan, name);
    expect(lines[0]).toContain(`${name} = `);
    const last = lines.at(-1) ?? "";
    expect(lines.some((line) => /\[(seed|measured|published|assumed)\] \S/.test(line)) || /\(above\)/.test(last)).toBe(true);
  });

  test("a formula's trail has every quantity that it reads", () => {
    const text = explain(plan, "gateway.nodes").join("\n");
    expect(text).toContain("gateway.perCell * cells");
    expect(text).toMatch(/load\.concurrent = 80 M streams {2}\[seed\]/);
    expect(text).toMatch(/chunk\.gatewayUs = [\d,]+ us \(.*\) {2}\[measured\] bench costs/);
    expect(() => explain(plan, "gateway.none")).toThrow(/gateway\.none.* must be a quantity of the plan, such as .*gateway\.nodes/);
  });

  test("every number of the report stands beside its name, and none is missing", () => {
    const lines = reportOf(plan);
    for (const name of reported.filter((one) => !/\.perCell$|^cost\.(gateway|session|playlist|streaming|search|ingest|nats|redis|postgres)$|^cell\.nodes$|^extrapolation$/.test(one))) {
      expect(lines.filter((line) => line.endsWith(`  ${name}`))).not.toEqual([]);
    }
    expect(lines.filter((line) => /NaN|undefined|without bound/.test(line))).toEqual([]);
    expect(lines.join("\n")).toContain("edge-hit: edge.stated is 80 %, implied is 75 % (edge.hit)");
  });

  test("what breaks first breaks at the multiple that is told, with the same nodes", () => {
    const [first] = plan.resources;
    expect(first?.breaksAt).toBe(Math.min(...plan.resources.map(({ breaksAt }) => breaksAt ?? Infinity)));
    const gateways = plan.resources.find(({ name }) => name === "use.gatewayCpu");
    expect((gateways?.breaksAt ?? 0) * (gateways?.use ?? 0)).toBeCloseTo(1, 9);
    // Manifests in Redis, 4 GB of each cell, do not grow with the load; 6,006 bytes for each of its listeners do.
    const { value } = evaluateAt(request);
    const redis = plan.resources.find(({ name }) => name === "use.redisMemory");
    expect(redis?.breaksAt).toBeCloseTo((value("redis.shardsPerCell") * 24 * 2 ** 30 - 4e9) / ((80e6 / value("cells")) * 6006), 9);
    expect(plan.resources.filter(({ breaksAt }) => breaksAt === null).map(({ name }) => name).toSorted()).toEqual(["use.heartbeats", "use.ingestCpu", "use.searchMemory"]);
  });

  test.each([
    ["use.hotPlaylist", { "hot.share": 0.2 }],
    ["use.redisMemory", { "redis.memory": 1e9 }],
    ["use.gatewayMemory", { "gateway.connections": 1e6, "gateway.memory": 0.3e9 }],
    ["use.gatewaySockets", { "gateway.connections": 10e3 }],
  ])("%s is named first where it is the narrowest", (name, changed: Readonly<Record<string, number>>) => {
    const given = readRequest({ inputs: changed });
    expect(resourcesAt(given, evaluateAt(given))[0]?.name).toBe(name);
  });

  test("more load, more nodes and more money; a tenth of it needs about a tenth of the gateways", () => {
    const costs = [0.1, 1, 3].map((scale) => evaluateAt(readRequest({ scale })).value("cost"));
    expect(costs).toEqual(costs.toSorted((one, other) => one - other));
    const [tenth, whole] = [0.1, 1].map((scale) => evaluateAt(readRequest({ scale })).value("gateway.raw"));
    expect((whole ?? 0) / (tenth ?? 1)).toBeCloseTo(10, 9);
  });

  test("losing as many nodes as may fail keeps CPU within its bound", () => {
    for (const failures of [0, 1, 5]) {
      const evaluation = evaluateAt(request, { failures });
      for (const name of ["gatewayCpu", "sessionCpu", "playlistCpu", "streamingCpu", "searchCpu"]) expect(evaluation.value(`failed.${name}`)).toBeLessThanOrEqual(0.6 + 1e-9);
    }
  });

  test("levers say what the other value costs: less waste is 1.8 points of the traffic", () => {
    const waste = plan.levers.find(({ input }) => input === "prefetch.waste");
    expect(waste?.cost).toBeCloseTo(evaluateAt(request, { "prefetch.waste": 0.018 }).value("cost") - evaluateAt(request).value("cost"), 6);
    expect(waste?.cost).toBeLessThan(0);
  });
});

describe("sweep -", () => {
  test("equal factors over a wide range, ends included; counts one by one", () => {
    expect(sweepOf(request, "edge.bytes=1.5e12..150e12:3").rows.map(({ at, answers }) => [Math.round(at / 1e9), answers?.["edge.hit"]?.toFixed(2)])).toEqual([[1500, "0.61"], [15_000, "0.75"], [150_000, "0.88"]]);
    expect(sweepOf(request, "failures=0..3").rows.map(({ at }) => at)).toEqual([0, 1, 2, 3]);
    expect(sweepOf(request, "cpu.use=0.4..0.8:3").rows.map(({ at }) => Number(at.toFixed(9)))).toEqual([0.4, 0.6, 0.8]);
  });

  test("where no plan exists the row says so", () => {
    expect(sweepOf(request, "cell.nodesMax=10..11:2").rows.map(({ answers }) => answers)).toEqual([null, null]);
  });

  test.each(["edge.bytes", "nothing=1..2", "edge.bytes=2e12..1e12", "cpu.use=0.5..2", "edge.bytes=1e12..2e12:1"])("%s is refused", (text) => {
    expect(() => sweepOf(request, text)).toThrow(/it must|must rise|must have/);
  });
});
