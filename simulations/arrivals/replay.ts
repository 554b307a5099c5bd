/**
 * Recorded logs, played again at another speed. Logs are seldom in order: records are sorted by their times, and a user's own stay in the order
 * of the log, the later one moved to the time of the earlier where its clock went back. Times in ms.
 */
import { DescriptionError, numberOf } from "../description/index.ts";
import { speedRange } from "./description.ts";

export interface ReplayPace {
  /** 0.1 to 100; 2 is twice as fast. */
  readonly speed?: number;
  /** Longer silences of the recording are cut to this, before the speed. */
  readonly maxGapMs?: number;
  /** When the first record is due. */
  readonly startMs?: number;
}

export interface Replayed<Entry> {
  readonly atMs: number;
  readonly entry: Entry;
}

const maxEntries = 10_000_000;

/** All records with the times at which they are due, in that order. In memory, at most 10 M. */
export function replayed<Entry>(log: readonly Entry[], of: (entry: Entry) => { readonly atMs: number; readonly user?: string | number }, pace: ReplayPace = {}): Replayed<Entry>[] {
  const speed = numberOf("speed", pace.speed ?? 1, speedRange);
  const maxGapMs = pace.maxGapMs === undefined ? Infinity : numberOf("maxGapMs", pace.maxGapMs, { above: 0 });
  if (log.length > maxEntries) throw new DescriptionError("log", `${log.length} records`, `at most ${maxEntries} records`);
  const lastOf = new Map<string | number, number>();
  const timed = log.map((entry, n) => {
    const { atMs, user } = of(entry);
    if (!Number.isFinite(atMs)) throw new DescriptionError(`log[${n}].atMs`, atMs, "a number");
    const notBeforeMs = user === undefined ? -Infinity : (lastOf.get(user) ?? -Infinity);
    const recordedMs = Math.max(atMs, notBeforeMs);
    if (user !== undefined) lastOf.set(user, recordedMs);
    return { recordedMs, entry };
  });
  // Sorting is stable: of records at one time the first in the log stays first.
  timed.sort((one, other) => one.recordedMs - other.recordedMs);
  let dueMs = 0;
  const startMs = pace.startMs ?? 0;
  return timed.map(({ recordedMs, entry }, n) => {
    dueMs += Math.min(maxGapMs, recordedMs - (timed[n - 1]?.recordedMs ?? recordedMs));
    return { atMs: startMs + dueMs / speed, entry };
  });
}

/** Which of `generators` plays a user's records: all of one user's are with one of them, so that their order holds. FNV-1a. */
export function splitByUser(user: string | number, generators: number): number {
  const text = String(user);
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) % generators;
}
