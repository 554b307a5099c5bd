/**
 * `npm run bench -- abr [--sessions 40]`: adaptive-bitrate policies over real network traces, simulated chunk by chunk (docs/abr.md). Ten
 * minutes from four places of every trace; --sessions as many again with skips, which the wasted bytes come from. Nothing is timed: the
 * figures are the same on every machine. "Ours" is the players' policy, its limit the plain rule on the same links; the first rows hold
 * the simulation against a reference one.
 */
import { abrPolicy, chunksAhead, ewmaRule, fixedTier, plainRule, playerPolicy, ramp } from "../../client/index.ts";
import { encodedLadder, readTraces, replay, steadyTrace, Stream, type Figures, type Ladder, type Trace } from "../../simulations/index.ts";
import { machine, round, type BenchCase, type BenchResult } from "./result.ts";

interface Row extends Figures {
  readonly set: string;
  readonly policy: string;
}

interface AbrResult extends BenchResult {
  readonly figures: readonly Row[];
}

type Metric = Exclude<keyof Figures, "sessions">;

const plain = abrPolicy("plain, 2 ahead", plainRule(), chunksAhead(2));
const policies = [
  abrPolicy("fixed 96, 2 ahead", fixedTier("96"), chunksAhead(2)),
  abrPolicy("fixed 320, 2 ahead", fixedTier("320"), chunksAhead(2)),
  plain,
  abrPolicy("plain to the letter, 2 ahead", plainRule("current"), chunksAhead(2)),
  abrPolicy("ewma, ramp 2 to 12", ewmaRule, ramp(2, 12)),
  playerPolicy,
];

const units: Readonly<Record<Metric, string>> = {
  meanKbps: "kbps", rebufferPercent: "%", stallsPer10Min: "in 10 min", stallFreePercent: "%", switchesPerMin: "in 1 min", startP50S: "s", qoe: "a chunk", wastedPercent: "%",
};
const titles: Readonly<Record<Metric, string>> = {
  meanKbps: "mean rate", rebufferPercent: "rebuffering", stallsPer10Min: "stalls", stallFreePercent: "without stall", switchesPerMin: "switches", startP50S: "start p50", qoe: "QoE", wastedPercent: "wasted bytes",
};
const metrics: readonly Metric[] = ["meanKbps", "rebufferPercent", "stallsPer10Min", "stallFreePercent", "switchesPerMin", "startP50S", "qoe", "wastedPercent"];

const goals: readonly { readonly set: string; readonly metric: Metric; readonly atLeast?: number; readonly atMost?: number }[] = [
  { set: "3g-hsdpa", metric: "meanKbps", atLeast: 260 },
  { set: "3g-hsdpa", metric: "rebufferPercent", atMost: 5 },
  { set: "3g-hsdpa", metric: "switchesPerMin", atMost: 0.55 },
  { set: "3g-hsdpa", metric: "startP50S", atMost: 0.8 },
  { set: "3g-hsdpa", metric: "wastedPercent", atMost: 4 },
  { set: "3g-hsdpa", metric: "qoe", atLeast: 0.1 },
  { set: "steady 20 Mbit/s", metric: "wastedPercent", atMost: 4 },
  { set: "4g-lte", metric: "meanKbps", atLeast: 317 },
  { set: "fcc-sd", metric: "meanKbps", atLeast: 300 },
  { set: "fcc-hd", metric: "meanKbps", atLeast: 318 },
  { set: "oboe", metric: "meanKbps", atLeast: 318 },
  ...["4g-lte", "fcc-sd", "fcc-hd", "oboe"].map((set) => ({ set, metric: "rebufferPercent" as const, atMost: 0.1 })),
];

/** The reference simulation's figures of the 3G set. Its sessions start 0.05 s later than ours, half a round trip of these traces. */
const references: readonly { readonly policy: string; readonly of: Readonly<Partial<Record<Metric, number>>> }[] = [
  { policy: "fixed 96, 2 ahead", of: { rebufferPercent: 7.13, stallsPer10Min: 5.62, startP50S: 0.75, qoe: -1.249 } },
  { policy: "fixed 320, 2 ahead", of: { rebufferPercent: 14.68, stallsPer10Min: 12.9, startP50S: 1.95, qoe: -3.116 } },
  { policy: "plain, 2 ahead", of: { meanKbps: 241.1, rebufferPercent: 7.65, stallsPer10Min: 5.76, switchesPerMin: 1.28, qoe: -0.592 } },
  { policy: "plain to the letter, 2 ahead", of: { meanKbps: 247.9, rebufferPercent: 7.73, switchesPerMin: 1.56, qoe: -0.586 } },
  { policy: "ewma, ramp 2 to 12", of: { meanKbps: 263.4, rebufferPercent: 4.87, switchesPerMin: 0.5, qoe: -0.006 } },
];
/** As near as figures rounded to three places by two programs come; of a figure near 0 as far from it in itself. */
const nearness = 0.01;

interface LinkSet {
  readonly set: string;
  readonly traces: readonly Trace[];
  readonly scale?: number;
  readonly ladder?: Ladder;
  readonly places?: readonly number[];
}

function linkSets(): LinkSet[] {
  const slow = readTraces("3g-hsdpa");
  return [
    { set: "3g-hsdpa", traces: slow },
    { set: "3g-hsdpa at half rate", traces: slow, scale: 0.5 },
    // The policies' numbers were chosen with the sessions of the first set in sight, not with these.
    { set: "3g-hsdpa from other places", traces: slow, places: [0.125, 0.375, 0.625, 0.875] },
    { set: "3g-hsdpa, sizes as encoded", traces: slow, ladder: encodedLadder(new Stream(1, "ladder")) },
    ...(["4g-lte", "fcc-sd", "fcc-hd", "oboe"] as const).map((set) => ({ set, traces: readTraces(set) })),
    // Every window is full here: the most that a policy wastes on a good link. Eight times the same link, for eight times the skips.
    { set: "steady 20 Mbit/s", traces: Array.from({ length: 8 }, (_, n) => ({ ...steadyTrace(20_000, 20), name: `steady ${n}` })) },
    // Just slow enough for the deep window and just fast enough to fill it: the most that it wastes at all.
    { set: "steady 900 kbit/s", traces: Array.from({ length: 8 }, (_, n) => ({ ...steadyTrace(900, 50), name: `steady ${n}` })) },
    { set: "steady 200 kbit/s", traces: [steadyTrace(200, 50)] },
    { set: "steady 300 kbit/s", traces: [steadyTrace(300, 50)] },
  ];
}

export async function bench(options: { json: boolean; args: string[] }): Promise<AbrResult> {
  const about = machine();
  const rows: Row[] = [];
  for (const { set, ...links } of linkSets()) {
    if (!options.json) console.log(`\n| ${set} | ${metrics.map((metric) => `${titles[metric]}, ${units[metric]}`).join(" | ")} |\n|---|${metrics.map(() => "--:|").join("")}`);
    for (const policy of policies) {
      const row: Row = { set, policy: policy.name, ...replay({ policy, ...links, skippingSessions: sessionsOf(options.args) }) };
      rows.push(row);
      if (!options.json) console.log(`| ${row.policy} | ${metrics.map((metric) => row[metric].toFixed(metric === "qoe" ? 3 : metric === "meanKbps" ? 1 : 2)).join(" | ")} |`);
    }
  }
  const figureOf = (set: string, policy: string, metric: Metric) => rows.find((row) => row.set === set && row.policy === policy)?.[metric] ?? Number.NaN;
  const results: BenchCase[] = references.flatMap(({ policy, of }) =>
    metrics.flatMap((metric): BenchCase[] => {
      const limit = of[metric];
      if (limit === undefined) return [];
      const ours = figureOf("3g-hsdpa", policy, metric);
      const tolerance = nearness * Math.max(1, Math.abs(limit));
      return [{ case: `reference, ${policy}: ${titles[metric]}`, ours: round(ours), limit, unit: units[metric], ratio: round(ours / limit), goal: `within ${round(tolerance)}`, met: Math.abs(ours - limit) <= tolerance }];
    }),
  );
  for (const { set, metric, atLeast, atMost } of goals) {
    const ours = figureOf(set, playerPolicy.name, metric);
    const limit = figureOf(set, plain.name, metric);
    results.push({
      case: `${set}: ${titles[metric]}`, ours: round(ours), limit: round(limit), unit: units[metric], ratio: limit === 0 ? null : round(ours / limit),
      goal: atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`, met: ours >= (atLeast ?? Number.NEGATIVE_INFINITY) && ours <= (atMost ?? Number.POSITIVE_INFINITY),
    });
  }
  return await Promise.resolve({ bench: "abr", machine: about, results, figures: rows });
}

function sessionsOf(args: readonly string[]): number {
  const at = args.indexOf("--sessions");
  const sessions = at < 0 ? 40 : Number(args[at + 1]);
  if (!(Number.isInteger(sessions) && sessions >= 1 && sessions <= 1_000)) throw new Error(`--sessions is ${args[at + 1]}; a whole number from 1 to 1000 is allowed`);
  return sessions;
}
