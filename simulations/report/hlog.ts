/**
 * `latency.hlog`, HdrHistogram's log of version 1.3: a tag for each operation, values in microseconds, maxima in ms. With a histogram for
 * each second it has one line per second and operation, from the end of the warm-up; otherwise one line per operation for the whole. Either
 * way the lines of a tag add up to the operation's histogram. Any analyzer of HdrHistogram logs opens it.
 */
import { HistogramLogWriter } from "hdr-histogram-js";
import type { RunResult } from "../run/index.ts";
import { opened } from "./histograms.ts";

export function hlogOf(run: RunResult): string {
  const lines: string[] = [];
  const writer = new HistogramLogWriter((text) => { lines.push(text); });
  const startedMs = Date.parse(run.startedAt);
  writer.outputLogFormatVersion();
  writer.outputComment(`Logged by Ensemble ${oneLine(run.version)}: ${oneLine(run.scenario)}, ${run.backEnd}, seed ${run.seed}; values in microseconds`);
  // The writer's own outputStartTime adds an empty line, and a date in the machine's time zone and language.
  const startedS = Number.isNaN(startedMs) ? "0.000" : (startedMs / 1_000).toFixed(3);
  writer.outputComment(`[StartTime: ${startedS} (seconds since epoch), ${Number.isNaN(startedMs) ? "not known" : new Date(startedMs).toISOString()}]`);
  writer.outputComment(`[BaseTime: ${startedS} (seconds since epoch)]`);
  writer.outputLegend();
  for (const [kind, { histogram, latency }] of Object.entries(run.operations)) {
    const put = (text: string, fromS: number, untilS: number, field: string) => {
      const one = opened(text, field);
      one.tag = tagOf(kind);
      if (one.totalCount > 0) writer.outputIntervalHistogram(one, fromS, untilS);
      return one.totalCount;
    };
    const begun = lines.length;
    let logged = 0;
    for (const { atS, operations } of run.series) {
      const text = operations[kind]?.histogram;
      if (atS >= run.warmUpS && text !== undefined) logged += put(text, atS, atS + 1, `series at ${atS} s, ${kind}`);
    }
    if (logged === latency.count && logged > 0) continue;
    lines.length = begun;
    put(histogram, run.warmUpS, run.durationS, `operations.${kind}.histogram`);
  }
  return lines.join("");
}

/** A tag ends at a comma and a line at its break; both, spaces and "%" are written as in an address. */
export const tagOf = (kind: string): string => kind.replaceAll(/[,%\s]/gu, encodeURIComponent);
const oneLine = (text: string) => text.replaceAll(/\s+/gu, " ");
