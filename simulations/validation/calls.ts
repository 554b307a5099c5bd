/** The calls of one run, decided beforehand: the same list is sent to real nodes and to the model, so neither has luck that the other lacks. */
import { arrivals, type ArrivalsDescription } from "../arrivals/index.ts";
import { Stream } from "../random/index.ts";

export interface Calls {
  /** When each is meant to begin, ms from the beginning of the run, rising. */
  readonly atMs: Float64Array;
  /** Which actor it is for, by number. */
  readonly keys: Int32Array;
  /** Which caller sends it, by number. */
  readonly callers: Int32Array;
}

export interface CallsOptions {
  readonly arrivals: ArrivalsDescription;
  readonly seed: number;
  /** Names the streams: another run of the same seed has other calls. */
  readonly name: string;
  /** Actors, equally popular, and callers, equally busy. */
  readonly keys: number;
  readonly callers: number;
  readonly untilMs: number;
}

const callsMax = 5_000_000;

/** Throws RangeError beyond five million. */
export function callsOf({ arrivals: description, seed, name, keys, callers, untilMs }: CallsOptions): Calls {
  const stream = new Stream(seed, "validation", name);
  const atMs: number[] = [];
  for (const at of arrivals(description, stream.fork("arrivals"), { untilMs })) {
    if (atMs.length === callsMax) throw new RangeError(`a run has at most ${callsMax} calls`);
    atMs.push(at);
  }
  const [keyOf, callerOf] = [stream.fork("keys"), stream.fork("callers")];
  return { atMs: Float64Array.from(atMs), keys: Int32Array.from(atMs, () => keyOf.index(keys)), callers: Int32Array.from(atMs, () => callerOf.index(callers)) };
}

/** Calls of the closed loop, which begin over when they are through. */
export const closedCount = 20_000;

export function closedCalls({ seed, keys, callers }: { readonly seed: number; readonly keys: number; readonly callers: number }): Omit<Calls, "atMs"> {
  const stream = new Stream(seed, "validation", "closed");
  const [keyOf, callerOf] = [stream.fork("keys"), stream.fork("callers")];
  return { keys: Int32Array.from({ length: closedCount }, () => keyOf.index(keys)), callers: Int32Array.from({ length: closedCount }, () => callerOf.index(callers)) };
}
