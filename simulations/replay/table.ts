/** What a report says of a replay. */
import { encodeIntoCompressedBase64 } from "hdr-histogram-js";
import { histogramOf, latencyOf, type Table } from "../run/index.ts";
import type { Fidelity } from "./player.ts";

/** How near to the recording one generator was, as plain data. */
export interface Faithful {
  /** Acts that left. */
  readonly acts: number;
  /** As `Fidelity`'s: hdr-histogram's compressed form, base64. */
  readonly gapErrors: string;
}

export const faithful = ({ acts, gapErrors }: Fidelity): Faithful => ({ acts, gapErrors: encodeIntoCompressedBase64(gapErrors) });

/** Of all generators: gaps are between the acts of one. */
export function replayTable(parts: readonly Faithful[]): Table {
  const { p50Ms, p99Ms, maxMs } = latencyOf(histogramOf(parts.map(({ gapErrors }) => gapErrors)));
  return {
    title: "Replay",
    columns: ["acts that left", "difference of gaps p50 ms", "p99 ms", "largest ms"],
    rows: [[parts.reduce((sum, { acts }) => sum + acts, 0), p50Ms, p99Ms, maxMs]],
    note: "Gaps between one act and the next, as they left beside as they were due.",
  };
}
