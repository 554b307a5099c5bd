/**
 * Who comes when, and what he hears: the schedule of a run. It is decided before anything is asked of a service, by the scenario, the
 * seed and the scale alone, so that the same visits can be brought to real nodes and to a model of them.
 *
 * Visits begin as a Poisson process. A run begins with the listeners who are there in a steady state: visits that began before,
 * each at the moment of it that has come; they join within the ramp, so that nobody meets all of them in one second.
 */
import { sessionPlays, type ListenerDescription } from "../listener/index.ts";
import { popularityOf } from "../popularity/index.ts";
import { Stream } from "../random/index.ts";
import type { Scenario } from "./description.ts";

/** One track in a visit. */
export interface VisitPlay {
  /** Rank of the track, from 0. */
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
const rampOfWarmUp = 0.5;
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
  const { listener, durationS, warmUpS, concurrent } = scenario;
  const popularity = popularityOf(scenario.popularity);
  const mean = meanVisit(listener, trackMs);
  const perS = (concurrent * scale) / mean.playingS;
  const rampS = warmUpS * rampOfWarmUp;
  const arrivals = new Stream(seed, "arrivals");
  const joining: Visit[] = [];
  let number = 0;
  const isMine = () => number % share.of === share.index;
  const streamOf = (): Stream => new Stream(seed, "visit", number);
  const ranked = function* (plays: Iterable<Omit<VisitPlay, "track">>, stream: Stream): Generator<VisitPlay> {
    for (const play of plays) yield { track: popularity.sample(stream) - 1, ...play };
  };
  const listened = function* (stream: Stream): Generator<Omit<VisitPlay, "track">> {
    for (const { pauseS, listenedS } of playsOf(listener, stream, trackMs)) yield { listenMs: listenedS * 1_000, pauseMs: pauseS * 1_000 };
  };
  let atS = -longestMeans * mean.visitS;
  for (atS += arrivals.exponential(1 / perS); atS < 0; atS += arrivals.exponential(1 / perS), number++) {
    if (!isMine()) continue;
    const stream = streamOf();
    const joinsMs = stream.next() * rampS * 1_000;
    const rest = [...from(listened(stream), joinsMs - atS * 1_000)];
    if (rest.length > 0) joining.push({ number, atMs: joinsMs, plays: ranked(rest, stream.fork("tracks")) });
  }
  joining.sort((one, other) => one.atMs - other.atMs);
  for (; atS < durationS; atS += arrivals.exponential(1 / perS), number++) {
    while (joining.length > 0 && (joining[0]?.atMs ?? 0) <= atS * 1_000) yield* joining.splice(0, 1);
    if (!isMine()) continue;
    const stream = streamOf();
    yield { number, atMs: atS * 1_000, plays: ranked(listened(stream), stream.fork("tracks")) };
  }
  yield* joining;
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
