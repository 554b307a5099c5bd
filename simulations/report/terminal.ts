/** A run in a terminal: a line while it goes on, and what it came to. Text alone, no colours: it reads the same in a log. */
import { exitStatus, type RunResult, type Table } from "../run/index.ts";
import { asList, countedS, runsOf, shownAs, worst } from "./runs.ts";
import { clock, counted, difference, ms, number, percent, short } from "./words.ts";
import { breaking, fullAt } from "./headroom.ts";

export interface Progress {
  readonly elapsedS: number;
  readonly durationS: number;
  readonly warmUpS: number;
  /** Of the last second: what was meant and what was begun. */
  readonly targetPerS: number;
  readonly offeredPerS: number;
  readonly inFlight: number;
  /** Of the last 10 s and since the run began; NaN before the first is done. */
  readonly recentP99Ms: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Refused or failed, of all. */
  readonly failed: number;
  /** Of a live run. */
  readonly sendLagP99Ms?: number;
}

/** One line of at most `columns` characters; the least needed is left out first. */
export function progressLine({ elapsedS, durationS, warmUpS, targetPerS, offeredPerS, inFlight, recentP99Ms, p50Ms, p99Ms, failed, sendLagP99Ms }: Progress, columns = 100): string {
  const leftS = Math.max(0, durationS - elapsedS);
  const parts = [
    `${clock(elapsedS)} of ${clock(durationS)}${elapsedS < warmUpS ? ", warming up" : ""}`,
    `${short(offeredPerS)}/s${targetPerS > 0 ? ` of ${short(targetPerS)}/s` : ""}`,
    `${short(inFlight)} in flight`,
    `p99 ${ms(recentP99Ms)} in 10 s`,
    `${clock(leftS)} left`,
    `${percent(failed)} failed`,
    `p50 ${ms(p50Ms)}, p99 ${ms(p99Ms)} in all`,
    ...(sendLagP99Ms === undefined ? [] : [`send lag ${ms(sendLagP99Ms)}`]),
  ];
  let line = "";
  for (const part of parts) {
    const longer = line === "" ? part : `${line} | ${part}`;
    if (longer.length > columns) break;
    line = longer;
  }
  return line === "" ? (parts[0] ?? "").slice(0, columns) : line;
}

/** Verdict, thresholds, operations, what breaks first, where the files are. Of a live run and its model, predicted below measured. */
export function summaryText(runs: readonly RunResult[], paths: readonly string[] = []): string {
  const known = runsOf(runs);
  const { main, predicted } = known;
  const each = asList(known);
  const verdict = worst(each.map((run) => run.verdict));
  const named = (run: RunResult) => (predicted === undefined ? "" : `${shownAs[run.backEnd]}: `);
  const lines = [
    `${verdict.toUpperCase()} (exit ${exitStatus[verdict]})  ${main.scenario}, ${each.map(({ backEnd }) => backEnd).join(" and ")}, scale ${number(main.scale)}, seed ${main.seed}, ${clock(main.durationS)}`,
    // Thresholds that were missed are listed below.
    ...each.flatMap((run) => run.reasons.filter((reason) => !run.thresholds.some(({ rule }) => reason.startsWith(`${rule}:`))).map((reason) => `  ${named(run)}${reason}`)),
    "",
    ...each.flatMap((run) => run.thresholds.map(({ rule, value, ok }) => `${ok ? "ok    " : "BROKEN"}  ${named(run)}${rule}  (${number(value)})`)),
    "",
    ...columnsOf([["operation", "", "offered", "served", "refused", "failed", "p50", "p99", "p99.9", "max"], ...Object.keys(main.operations).flatMap((kind) => rowsOf(each, kind))]),
    "",
    ...each.map((run) => breaksFirst(run, named(run))),
    ...paths,
  ];
  return `${lines.map(plain).filter((line, n, all) => line !== "" || all[n - 1] !== "").join("\n")}\n`;
}

function rowsOf(each: readonly RunResult[], kind: string): string[][] {
  const rows = each.flatMap((run) => {
    const operation = run.operations[kind];
    if (operation === undefined) return [];
    const { offered, done, refused, failed, latency } = operation;
    const seconds = countedS(run) || 1;
    const part = (count: number) => percent(offered > 0 ? count / offered : 0);
    return [{ latency, done: done / seconds, cells: [kind, each.length > 1 ? shownAs[run.backEnd] : "", `${short(offered / seconds)}/s`, `${short(done / seconds)}/s`, part(refused), part(failed), ms(latency.p50Ms), ms(latency.p99Ms), ms(latency.p999Ms), ms(latency.maxMs)] }];
  });
  const [one, other] = rows;
  if (one === undefined || other === undefined) return rows.map(({ cells }) => cells);
  return [one.cells, ["", ...other.cells.slice(1)], ["", "off by", "", off(one.done, other.done), "", "", off(one.latency.p50Ms, other.latency.p50Ms), off(one.latency.p99Ms, other.latency.p99Ms), off(one.latency.p999Ms, other.latency.p999Ms), off(one.latency.maxMs, other.latency.maxMs)]];
}

const off = (measured: number, predicted: number) => (measured > 0 ? difference(predicted / measured - 1) : "");

function breaksFirst(run: RunResult, name: string): string {
  const [first, second] = breaking(run);
  if (first === undefined) return `${name}no resource was observed`;
  return `${name}breaks first: ${first.name}, at ${fullAt(first)}${second === undefined ? "" : `; then ${second.name}, at ${number(second.headroom)} times`} (of ${counted(run.resources.length, "resource")})`;
}

/** A table of a result, its title above it. */
export function tableText({ title, columns, rows }: Table): string {
  return [title, ...columnsOf([columns, ...rows.map((row) => row.map((cell) => (cell === null ? "" : typeof cell === "number" ? number(cell) : cell)))], 1)].map(plain).join("\n");
}

/** Without what would move a terminal's cursor or change its colours: names come from scenarios. */
// oxlint-disable-next-line no-control-regex -- they are what is taken out
export const plain = (line: string): string => line.replaceAll(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");

/** The first two columns are words, the others numbers. */
export function columnsOf(rows: readonly (readonly string[])[], words = 2): string[] {
  const widths = (rows[0] ?? []).map((_, n) => Math.max(...rows.map((row) => row[n]?.length ?? 0)));
  return rows.map((row) => row.map((cell, n) => (n < words ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).filter((_, n) => (widths[n] ?? 0) > 0).join("  ").trimEnd());
}
