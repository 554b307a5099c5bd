/** What listeners got, for the reader of a report. */
import type { Table } from "../run/index.ts";
import type { Tally } from "./visitor.ts";

/** Of several generators. */
export function sumOf(tallies: readonly Tally[]): Tally {
  const sum = (of: (tally: Tally) => number) => tallies.reduce((all, tally) => all + of(tally), 0);
  return { chunks: sum(({ chunks }) => chunks), bytes: sum(({ bytes }) => bytes), wastedBytes: sum(({ wastedBytes }) => wastedBytes), heardMs: sum(({ heardMs }) => heardMs), stalledMs: sum(({ stalledMs }) => stalledMs), stalls: sum(({ stalls }) => stalls) };
}

export function heardTable({ chunks, bytes, wastedBytes, heardMs, stalledMs, stalls }: Tally): Table {
  const hours = heardMs / 3_600_000;
  return {
    title: "What listeners got",
    columns: ["", "value"],
    rows: [
      ["music heard to the end of its play, hours", rounded(hours)],
      ["chunks fetched", chunks],
      ["mean bitrate of a chunk of 5 s, kbit/s", chunks === 0 ? null : rounded((bytes * 8) / chunks / 5_000)],
      ["fetched and never heard, % of bytes", bytes === 0 ? null : rounded((wastedBytes / bytes) * 100)],
      ["stalls per hour", hours === 0 ? null : rounded(stalls / hours)],
      ["silence for want of a chunk, % of the time", heardMs === 0 ? null : rounded((stalledMs / (heardMs + stalledMs)) * 100)],
    ],
    note: "Tier and window by the policy of the players (docs/abr.md); the whole run, warm-up included.",
  };
}

const rounded = (value: number): number => Math.round(value * 100) / 100;
