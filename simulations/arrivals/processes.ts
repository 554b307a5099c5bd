/**
 * Arrival times, in ms and rising, one at a time. A run may be shared between generators: each draws its own process with an equal part of the
 * rate, and all together are as one would have been (Poisson splitting), with no rate left over and nothing said between them.
 */
import { DescriptionError, numberOf, unheardOf } from "../description/index.ts";
import type { Stream } from "../random/index.ts";
import { curveOf } from "./curve.ts";
import type { ArrivalsDescription, CurveDescription, MmppDescription, SpikeDescription } from "./description.ts";
import { phases } from "./mmpp.ts";
import { replayed } from "./replay.ts";
import { spikeAt, spikeBound } from "./spike.ts";

export interface ArrivalsSpan {
  /** Included; 0 when left out. */
  readonly fromMs?: number;
  /** Not included. */
  readonly untilMs: number;
  /** This one's number, from 0, of so many; 0 of 1 when left out. */
  readonly generator?: number;
  readonly generators?: number;
}

/**
 * `stream`: the same for all generators of a run; each draws from a fork of its own. Constant arrivals and recordings are dealt out in turn (of
 * recordings with users use `replayed` and `splitByUser`).
 */
export function* arrivals(description: ArrivalsDescription, stream: Stream, span: ArrivalsSpan): Generator<number, void, undefined> {
  const { fromMs = 0, untilMs, generator = 0, generators = 1 } = span;
  numberOf("span.fromMs", fromMs, { least: 0 });
  numberOf("span.untilMs", untilMs, { least: fromMs });
  numberOf("span.generators", generators, { least: 1, most: 100_000, whole: true });
  if (!(generator < generators)) throw new DescriptionError("span.generator", generator, `below the number of generators, ${generators}`);
  numberOf("span.generator", generator, { least: 0, whole: true });
  const own = stream.fork(generator);
  switch (description.type) {
    case "constant":
      return yield* evenly(description.ratePerS, fromMs, untilMs, generator, generators);
    case "mmpp":
      return yield* bursts(description, stream.fork("phases"), own, fromMs, untilMs, generators);
    case "replay":
      return yield* recorded(description.timesMs, description, fromMs, untilMs, generator, generators);
    case "spike":
      return yield* thinned(description, own, fromMs, untilMs, generators);
    case "poisson":
    case "piecewise":
    case "diurnal":
      return yield* inverted(description, own, fromMs, untilMs, generators);
    default:
      return unheardOf("arrivals.type", description);
  }
}

/** The n-th is at n / rate: no error adds up. */
function* evenly(ratePerS: number, fromMs: number, untilMs: number, generator: number, generators: number): Generator<number, void, undefined> {
  if (ratePerS === 0) return;
  const first = Math.max(0, Math.floor((fromMs * ratePerS) / 1_000 / generators) - 1) * generators + generator;
  for (let n = first; ; n += generators) {
    const atMs = (n * 1_000) / ratePerS;
    if (atMs >= untilMs) return;
    if (atMs >= fromMs) yield atMs;
  }
}

/** Exact: the next is where the rate's integral has grown by an exponential draw. */
function* inverted(description: CurveDescription, stream: Stream, fromMs: number, untilMs: number, generators: number): Generator<number, void, undefined> {
  const curve = curveOf(description);
  for (let atMs = fromMs; ; ) {
    atMs = curve.after(atMs, stream.exponential(generators));
    if (!(atMs < untilMs)) return;
    yield atMs;
  }
}

/** Exact: more than are wanted, by the base's inverse and the highest the spike is in a stretch; each is kept with what it is of that. */
function* thinned(spike: SpikeDescription, stream: Stream, fromMs: number, untilMs: number, generators: number): Generator<number, void, undefined> {
  const curve = curveOf(spike.base);
  const stretchMs = Math.min(spike.rampMs, spike.tauMs) / stretchesPerChange;
  const { startMs } = spike;
  const flatFromMs = startMs + spike.rampMs + (spike.holdMs ?? 0) + tauMax * spike.tauMs;
  for (let atMs = fromMs; ; ) {
    if (atMs >= untilMs) return;
    const stretchEndMs = Math.min(untilMs, atMs < startMs ? startMs : atMs >= flatFromMs ? untilMs : atMs + stretchMs);
    const bound = 1 + spikeBound(spike, atMs, stretchEndMs);
    for (;;) {
      const nextMs = curve.after(atMs, stream.exponential(generators / bound));
      // What is beyond the stretch is forgotten: a Poisson process begins anew at any time.
      atMs = Math.min(nextMs, stretchEndMs);
      if (nextMs >= stretchEndMs) break;
      if (stream.next() * bound < 1 + spikeAt(spike, nextMs)) yield nextMs;
    }
  }
}

const stretchesPerChange = 8;
/** After so many tau nothing of a spike is left. */
const tauMax = 40;

function* bursts(description: MmppDescription, shared: Stream, stream: Stream, fromMs: number, untilMs: number, generators: number): Generator<number, void, undefined> {
  let atMs = fromMs;
  for (const phase of phases(description, shared, fromMs)) {
    const endMs = Math.min(untilMs, phase.untilMs);
    for (;;) {
      atMs += phase.ratePerMs === 0 ? Infinity : stream.exponential(generators / phase.ratePerMs);
      if (atMs >= endMs) break;
      yield atMs;
    }
    if (endMs >= untilMs) return;
    atMs = endMs;
  }
}

function* recorded(timesMs: readonly number[], pace: { readonly speed: number; readonly maxGapMs?: number }, fromMs: number, untilMs: number, generator: number, generators: number): Generator<number, void, undefined> {
  for (const [n, { atMs }] of replayed(timesMs, (time) => ({ atMs: time }), pace).entries()) {
    if (atMs >= untilMs) return;
    if (atMs >= fromMs && n % generators === generator) yield atMs;
  }
}
