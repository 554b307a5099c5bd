/** Operations in numbers, what was predicted beside what was measured. The bounds are those that a trusted model meets (throughput and p50 within 5 %, p99 within 10 %). */
import type { OperationResult, RunResult } from "../../run/index.ts";
import { html, type Html } from "../html.ts";
import { asList, countedS, type Runs } from "../runs.ts";
import { difference, ms, number, percent, short } from "../words.ts";
import { behind, section, table } from "./parts.ts";

interface Measure {
  readonly name: string;
  readonly of: (operation: OperationResult, seconds: number) => number;
  readonly text: (value: number) => string;
  /** Within which a prediction is good, as a part of what was measured. */
  readonly within?: number;
}

const perS = (count: number, seconds: number) => (seconds > 0 ? count / seconds : 0);
const rate = (value: number) => `${short(value)}/s`;

export const measures: readonly Measure[] = [
  { name: "offered", of: ({ offered }, seconds) => perS(offered, seconds), text: rate },
  { name: "served", of: ({ done }, seconds) => perS(done, seconds), text: rate, within: 0.05 },
  { name: "refused", of: ({ refused, offered }) => (offered > 0 ? refused / offered : 0), text: percent },
  { name: "failed", of: ({ failed, offered }) => (offered > 0 ? failed / offered : 0), text: percent },
  { name: "mean", of: ({ latency }) => latency.meanMs, text: ms },
  { name: "p50", of: ({ latency }) => latency.p50Ms, text: ms, within: 0.05 },
  { name: "p90", of: ({ latency }) => latency.p90Ms, text: ms },
  { name: "p99", of: ({ latency }) => latency.p99Ms, text: ms, within: 0.1 },
  { name: "p99.9", of: ({ latency }) => latency.p999Ms, text: ms },
  { name: "max", of: ({ latency }) => latency.maxMs, text: ms },
];

export function kindsOf(runs: Runs): string[] {
  return [...new Set(asList(runs).flatMap((run) => Object.keys(run.operations)))];
}

export function operations(runs: Runs): Html {
  const { main, predicted } = runs;
  const kinds = kindsOf(runs);
  const cell = (kind: string, measure: Measure): string | Html => {
    const [ours, theirs] = [valueOf(main, kind, measure), predicted === undefined ? undefined : valueOf(predicted, kind, measure)];
    if (predicted === undefined) return ours === undefined ? "–" : measure.text(ours);
    return html`${ours === undefined ? "–" : measure.text(ours)}<small>${theirs === undefined ? "–" : measure.text(theirs)}</small>${ours !== undefined && theirs !== undefined && html`<small>${judged(ours, theirs, measure)}</small>`}`;
  };
  const codes = asList(runs).flatMap((run) => Object.entries(run.operations).flatMap(([kind, { codes }]) => Object.entries(codes).map(([code, count]) => [kind, run.backEnd, code, number(count)])));
  return section("operations", "Operations",
    kinds.length === 0 ? html`<p>None was offered after the warm-up.</p>` : table(predicted === undefined ? "After the warm-up; latency from the moment at which an operation was meant to begin" : "After the warm-up: measured, below it predicted, below that by how much the prediction is off", ["operation", ...measures.map(({ name }) => name)], kinds.map((kind) => [kind, ...measures.map((measure) => cell(kind, measure))])),
    predicted !== undefined && html`<p class="quiet">✓ and ✕: within and outside of 5 % of what was served and of p50, 10 % of p99.</p>`,
    codes.length > 0 && behind(table("How operations ended", ["operation", "back end", "code", "times"], codes, [1, 2]), "How operations ended, by code"));
}

function valueOf(run: RunResult, kind: string, { of }: Measure): number | undefined {
  const operation = run.operations[kind];
  return operation === undefined ? undefined : of(operation, countedS(run));
}

function judged(measured: number, predicted: number, { within, text }: Measure): string {
  // Of shares near 0 a ratio says nothing; they stand side by side.
  if (text === percent || measured === 0) return "";
  const off = predicted / measured - 1;
  return `${difference(off)}${within === undefined ? "" : Math.abs(off) <= within ? " ✓" : " ✕"}`;
}
