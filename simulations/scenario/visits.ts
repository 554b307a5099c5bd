/**
 * Who comes when, and what he hears: the schedule of a run. It is decided before anything is asked of a service, by the scenario, the
 * seed and the scale alone, so that the same visits can be brought to real nodes and to a model of them.
 *
 * Visits begin as a Poisson process. A run begins with the listeners who are there in a steady state: visits that began before,
 * each at the moment of it that has come; they join within the ramp, so that nobody meets all of them in one second.
 */
import { arrivals, excessShare, scaled } from "../arrivals/index.ts";
import { sessionPlays, type ListenerDescription } from "../listener/index.ts";
import { popularityOf } from "../popularity/index.ts";
import { Stream } from "../random/index.ts";
import { Link, readTraces, type Trace } from "../traces/index.ts";
import type { Scenario } from "./description.ts";

/** One track in a visit. */
export interface VisitPlay {
  /** Rank of the track, from 0; of a release's tracks -1, -2, ... */
  readonly track: number;
  readonly listenMs: number;
  /** Where in the track he is when he joins in the middle of it. */
  readonly fromMs?: number;
  /** Silence before it, since the one before. */
  readonly pauseMs: number;
}

export interface Visit {
  readonly number: number;
  /** Since the run began. */
  readonly atMs: number;
  readonly plays: Iterable<VisitPlay>;
}

export interface VisitOptions {
  readonly seed: number;
  readonly scale: number;
  /** The visits of one of several generators: together they are as one. */
  readonly share?: { readonly index: number; readonly of: number };
  /** Length of every track, where the library has but one; otherwise as the scenario's. */
  readonly trackMs?: number;
}

/** Part of the warm-up in which those join who are there from the beginning. */
const rampOfWarmUp = 0.7;
/** Visits so many means long are followed; longer ones are cut. */
const longestMeans = 12;
const meanOf = 4_000;

/** What a visit is, on average; s. */
export function meanVisit(listener: ListenerDescription, trackMs?: number): { readonly visitS: number; readonly playingS: number; readonly plays: number } {
  const stream = new Stream(0, "mean visit");
  let [visitS, playingS, plays] = [0, 0, 0];
  for (let n = 0; n < meanOf; n++) {
    for (const { pauseS, listenedS } of playsOf(listener, stream, trackMs)) {
      visitS += pauseS + listenedS;
      playingS += listenedS;
      plays += 1;
    }
  }
  return { visitS: visitS / meanOf, playingS: playingS / meanOf, plays: plays / meanOf };
}

const playsOf = (listener: ListenerDescription, stream: Stream, trackMs: number | undefined) => (trackMs === undefined ? sessionPlays(listener, stream) : sessionPlays(listener, stream, () => trackMs / 1_000));

/** In order of time. */
export function* visitsOf(scenario: Scenario, { seed, scale, share = { index: 0, of: 1 }, trackMs }: VisitOptions): Generator<Visit> {
  const { listener, durationS, warmUpS, concurrent, release } = scenario;
  const popularity = popularityOf(scenario.popularity);
  const mean = meanVisit(listener, trackMs);
  const perS = (concurrent * scale) / mean.playingS;
  if (perS === 0) return;
  const rampS = warmUpS * rampOfWarmUp;
  const shape = scaled(scenario.visits ?? { type: "poisson", ratePerS: 1 }, perS);
  const joining: Visit[] = [];
  let number = 0;
  const isMine = () => number % share.of === share.index;
  const streamOf = (): Stream => new Stream(seed, "visit", number);
  const ranked = function* (plays: Iterable<Omit<VisitPlay, "track">>, stream: Stream, newShare = 0): Generator<VisitPlay> {
    const forRelease = release !== undefined && stream.chance(newShare);
    for (const play of plays) yield { track: forRelease ? -1 - stream.index(release.tracks) : popularity.sample(stream) - 1, ...play };
  };
  const listened = function* (stream: Stream): Generator<Omit<VisitPlay, "track">> {
    for (const { pauseS, listenedS } of playsOf(listener, stream, trackMs)) yield { listenMs: listenedS * 1_000, pauseMs: pauseS * 1_000 };
  };
  const before = new Stream(seed, "arrivals");
  for (let atS = -longestMeans * mean.visitS + before.exponential(1 / perS); atS < 0; atS += before.exponential(1 / perS), number++) {
    if (!isMine()) continue;
    const stream = streamOf();
    const joinsMs = stream.next() * rampS * 1_000;
    const rest = [...from(listened(stream), joinsMs - atS * 1_000)];
    if (rest.length > 0) joining.push({ number, atMs: joinsMs, plays: ranked(rest, stream.fork("tracks")) });
  }
  joining.sort((one, other) => one.atMs - other.atMs);
  let joined = 0;
  for (const atMs of arrivals(shape, before.fork("coming"), { untilMs: durationS * 1_000 })) {
    for (; (joining[joined]?.atMs ?? Infinity) <= atMs; joined++) yield joining[joined] as Visit;
    if (isMine()) {
      const stream = streamOf();
      yield { number, atMs, plays: ranked(listened(stream), stream.fork("tracks"), excessShare(shape, atMs)) };
    }
    number += 1;
  }
  yield* joining.slice(joined);
}

const traces = new Map<string, readonly Trace[]>();

/** The link of a visit's listener: any trace of the set, from any moment of it. Undefined when the scenario has no network. */
export function linkOf({ network }: Scenario, seed: number, visit: number): Link | undefined {
  if (network === undefined) return undefined;
  const set = traces.get(network.traces) ?? readTraces(network.traces);
  traces.set(network.traces, set);
  const stream = new Stream(seed, "link", visit);
  const trace = set[stream.index(set.length)];
  return trace === undefined ? undefined : new Link(trace, { offsetMs: stream.next() * trace.lengthMs, scale: network.scale });
}

/** What is left of a visit `ms` after it began. */
function* from(plays: Iterable<Omit<VisitPlay, "track">>, ms: number): Generator<Omit<VisitPlay, "track">> {
  let left = ms;
  for (const play of plays) {
    const { pauseMs, listenMs } = play;
    if (left <= 0) yield play;
    else if (left < pauseMs) yield { ...play, pauseMs: pauseMs - left };
    else if (left < pauseMs + listenMs) yield { pauseMs: 0, fromMs: left - pauseMs, listenMs: listenMs - (left - pauseMs) };
    left -= pauseMs + listenMs;
  }
}
