/** The plan as a person reads it in a terminal: nodes, what breaks first, traffic and caches, waits, money, contradictions. Every number's name stands beside it, for --explain. */
import type { Contradiction } from "./contradictions.ts";
import type { HitCheck } from "./hit-check.ts";
import { graph, kinds, type Plan, type Quantity } from "./plan.ts";
import { failed } from "./quantities/index.ts";
import { shown } from "./numbers.ts";
import { sweptAnswers, type Sweep } from "./sweep.ts";

/** Quantities that the report shows, by section. */
const sections: readonly { readonly title: string; readonly names: readonly string[] }[] = [
  { title: "Traffic at the peak", names: ["play.seconds", "chunk.requests", "session.reports", "calls", "presence.deliveries", "egress.bps", "nats.load", "heartbeat.deliveries"] },
  { title: "Edge, shields, origin", names: ["edge.hit", "edge.byteHit", "edge.missBps", "edge.servers", "shield.count", "shield.hit", "origin.bps", "origin.gets", "edge.pinnedHit", "edge.pinnedMissBps", "origin.pinnedBps"] },
  { title: "Storage and ingest", names: ["storage.bytes", "storage.monthlyGrowth", "storage.year1", "storage.year2", "storage.year3", "ingest.busy", "ingest.nodes", "ingest.puts", "postgres.bytes"] },
  { title: "Shards", names: ["redis.shardsPerCell", "redis.shards", "postgres.shardsPerCell", "postgres.shards"] },
  { title: "Waits", names: ["play.meanMs", "play.p99Ms", "edit.p99Ms", "search.meanMs", "search.p99Ms", "goal.playUsed", "goal.searchUsed", "gateway.reconnect", "spike.backlog", "spike.drain"] },
  { title: "With the nodes gone that may fail", names: failed.map(({ name }) => name) },
  { title: "Money", names: ["cost.cdn", "cost.origin", "cost.requests", "cost.storage", "cost.storageYear1", "cost.storageYear2", "cost.storageYear3", "cost.nodes", "cost"] },
];

/** What was measured is believed up to so many times its size; beyond, the report says so (traffic.md 4.2). */
const farthest = 10;

/** Names of all quantities that the report prints, those of its tables of nodes and resources among them. */
export const reported: readonly string[] = [
  ...new Set([...sections.flatMap(({ names }) => names), "cells", "cell.nodes", "nodes", "extrapolation", ...kinds.flatMap(({ perCell, count, cost }) => [perCell, count, cost]).filter((name) => name !== null)]),
];

export function reportOf(plan: Plan): string[] {
  const byName = new Map(plan.quantities.map((quantity) => [quantity.name, quantity]));
  const quantity = (name: string): Quantity => {
    const found = byName.get(name);
    if (found === undefined) throw new RangeError(`the report shows ${name}, which the plan does not have`);
    return found;
  };
  const at = (name: string): string => shown(quantity(name).mid, quantity(name).unit);
  const first = plan.resources[0];
  const breaksAt = first === undefined ? "" : `; ${first.name} breaks first, at ${times(first.breaksAt)} the load`;
  return [
    `${at("cells")} of ${at("cell.nodes")} at most, ${at("nodes")} in all, ${at("cost")}${breaksAt}.`,
    `${plan.contradictions.length === 0 ? "The inputs contradict each other nowhere" : `${plan.contradictions.length} contradictions among the inputs, at the end`}. Popularity ${typeof plan.request.popularity === "string" ? plan.request.popularity : plan.request.popularity.type}, ${plan.request.draws} draws, seed ${plan.request.seed}${plan.impossibleDraws === 0 ? "" : `, ${plan.impossibleDraws} of them without any plan`}.`,
    ...(quantity("extrapolation").mid > farthest ? [`A cell is ${at("extrapolation")} as large as the largest cluster that was measured: costs per operation may grow on the way (extrapolation).`] : []),
    "",
    "Nodes: planned at the middle of each input; low and high are 5 and 95 % of the draws; regret is what one regrets least over them",
    ...columns([
      ["", "a cell", "in all", "low", "high", "regret", "$/month", ""],
      ...kinds.map((kind) => {
        const count = quantity(kind.count);
        return [kind.label, kind.perCell === null ? "-" : bare(quantity(kind.perCell).mid), bare(count.mid), bare(count.low), bare(count.high), bare(plan.leastRegret.find((one) => one.count === kind.count)?.leastRegret ?? NaN), money(quantity(kind.cost).mid), kind.count];
      }),
      ["cells", "-", bare(quantity("cells").mid), bare(quantity("cells").low), bare(quantity("cells").high), "", "", "cells"],
      ["nodes of the broker", bare(quantity("cell.nodes").mid), bare(quantity("nodes").mid), bare(quantity("nodes").low), bare(quantity("nodes").high), "", "", "nodes"],
      ["all of these", "", "", money(quantity("cost.nodes").low), money(quantity("cost.nodes").high), money(plan.leastRegretCost), money(quantity("cost.nodes").mid), "cost.nodes"],
    ]),
    "",
    "What breaks first, by multiples of the load with these nodes",
    ...columns([["", "used", "breaks at", ""], ...plan.resources.map(({ label, use, breaksAt, name }) => [label, shown(use, "share"), breaksAt === null ? "not of load" : times(breaksAt), name])]),
    "",
    "Edges and the shields behind them, by the size of a shield; pinned: the most played 1 % of tracks, as many as there is room for",
    ...columns([
      ["a shield has", "LRU hits", "leaves edges", "leaves shields", "pinned hits", "leaves edges", "leaves shields"],
      ...plan.shields.map(({ shieldBytes, lru, pinned }) => [shown(shieldBytes, "B"), ...[lru, pinned].flatMap(({ edgeHit, edgeMissBps, originBps }) => [shown(edgeHit, "share"), shown(edgeMissBps, "bit/s"), shown(originBps, "bit/s")])]),
    ]),
    ...sections.flatMap(({ title, names }) => ["", title, ...columns([["", "planned", "low", "high", ""], ...names.map(quantity).map(({ meaning, mid, low, high, unit, name }) => [meaning, shown(mid, unit), shown(low, unit), shown(high, unit), name])])]),
    "",
    "What would change it",
    ...columns([["", "from", "to", "$/month", "nodes"], ...plan.levers.map(({ input, from, to, cost, nodes }) => [input, shown(from, graph.unitOf(input)), shown(to, graph.unitOf(input)), signed(cost, money), signed(nodes, bare)])]),
    "",
    "What the cost depends on most: $ a month at each end of one input's interval",
    ...columns([["", "at low", "at high"], ...plan.movers.map(({ input, atLow, atHigh }) => [input, money(atLow), money(atHigh)])]),
    "",
    ...contradictionLines(plan.contradictions),
  ];
}

function contradictionLines(found: readonly Contradiction[]): string[] {
  if (found.length === 0) return ["Contradictions: none."];
  return [
    "Contradictions: these inputs cannot all be true, and nothing here chooses between them",
    ...found.flatMap(({ name, stated, implied, statedValue, impliedValue, because, uses }) => [
      `  ${name}: ${stated} is ${shown(statedValue, graph.unitOf(stated))}, implied is ${shown(impliedValue, graph.unitOf(implied))} (${implied})`,
      `      ${because}. The plan counts with ${uses}.`,
    ]),
  ];
}

export function hitCheckReport(checks: readonly HitCheck[]): string[] {
  return [
    "Requests that are hits: Che's formula for the plan's catalogue; for a small one with the same curve; and LRU caches that were asked there, play after play",
    ...columns([["", "formula", "small", "replayed", "off by"], ...checks.map(({ what, whole, small, replayed }) => [what, shown(whole, "share"), shown(small, "share"), shown(replayed, "share"), `${((replayed - small) * 100).toFixed(2)} points`])]),
  ];
}

export function sweepReport({ input, unit, rows }: Sweep): string[] {
  return columns([
    [input, ...sweptAnswers, "breaks first"],
    ...rows.map(({ at, answers, first }) => [shown(at, unit), ...sweptAnswers.map((name) => (answers === null ? "-" : shown(answers[name] ?? NaN, graph.unitOf(name)))), answers === null ? "no plan" : (first ?? "")]),
  ]);
}

const bare = (value: number): string => shown(value, "").trimEnd();
const money = (value: number): string => shown(value, "$");
const times = (multiple: number | null): string => (multiple === null ? "any multiple of" : `${multiple.toFixed(2)} x`);
const signed = (value: number, text: (value: number) => string): string => (value > 0 ? `+${text(value)}` : text(value));

/** First and last column to the left, numbers between to the right. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.min(70, Math.max(...rows.map((row) => row[column]?.length ?? 0))));
  const last = widths.length - 1;
  const isNamed = rows[0]?.[last] === "" || rows[0]?.[last] === "breaks first";
  return rows.map((row) => `  ${row.map((cell, column) => (column === 0 || (column === last && isNamed) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  ")}`.trimEnd());
}
