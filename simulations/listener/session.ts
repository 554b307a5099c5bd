/**
 * The plays of one session, one after the other: a listener is closed behaviour within an open arrival. Each play waits for the one before,
 * so a simulation takes the next when the last has ended.
 */
import type { Stream } from "../random/index.ts";
import type { ListenerDescription, Pauses, Seeks } from "./description.ts";
import { trackS } from "./lengths.ts";
import { sessionTracks } from "./sessions.ts";
import { playS } from "./skips.ts";

/** "done": the track before came to its end. "click" begins a session too. */
export type StartedBy = "forward" | "done" | "click" | "back";

export interface Play {
  readonly startedBy: StartedBy;
  /** Silence before the play, in s. */
  readonly pauseS: number;
  readonly lengthS: number;
  /** Time that is heard, in s. Seeks move the position and leave this as it is: the log has no distances. */
  readonly listenedS: number;
  readonly isSkipped: boolean;
  /** In the order of their times. */
  readonly seeks: readonly Seek[];
}

export interface Seek {
  /** After the play began. */
  readonly afterS: number;
  /** Ahead when above 0. */
  readonly byS: number;
}

const maxSeeks = 100;

/** `lengthOf`: the length of the next track in s; drawn from the description's quantiles when left out. */
export function* sessionPlays(listener: ListenerDescription, stream: Stream, lengthOf: () => number = () => trackS(listener.trackS, stream.next())): Generator<Play, void, undefined> {
  const tracks = sessionTracks(listener.sessions, stream);
  let last: Play | undefined;
  for (let track = 0; track < tracks; track++) {
    const startedBy = last === undefined ? "click" : last.isSkipped ? startAfterSkip(listener.startedBy, stream) : "done";
    const pauseS = last === undefined ? 0 : pauseBefore(listener.pauses, stream);
    const lengthS = lengthOf();
    const listenedS = playS(listener.skips, lengthS, stream);
    last = { startedBy, pauseS, lengthS, listenedS, isSkipped: listenedS < lengthS, seeks: seeksIn(listener.seeks, listenedS, stream) };
    yield last;
  }
}

function startAfterSkip({ forward, click, back }: ListenerDescription["startedBy"], stream: Stream): StartedBy {
  const u = stream.next() * (forward + click + back);
  return u < forward ? "forward" : u < forward + click ? "click" : "back";
}

/** Short alone, long alone, or both: the shares overlap. */
function pauseBefore({ none, short, long, shortMeanS, longMeanS }: Pauses, stream: Stream): number {
  const u = stream.next();
  if (u < none) return 0;
  const isShort = u < none + short;
  const isLong = u >= 1 - long;
  return (isShort ? stream.exponential(shortMeanS) : 0) + (isLong ? stream.exponential(longMeanS) : 0);
}

function seeksIn({ forward, back, perPlay, meanS }: Seeks, listenedS: number, stream: Stream): readonly Seek[] {
  const signs = [stream.chance(forward) ? 1 : 0, stream.chance(back) ? -1 : 0].filter((sign) => sign !== 0);
  const more = 1 - 1 / perPlay;
  return signs
    .flatMap((sign) => {
      let count = 1;
      while (count < maxSeeks && stream.chance(more)) count++;
      return Array.from({ length: count }, (): Seek => ({ afterS: stream.next() * listenedS, byS: sign * stream.exponential(meanS) }));
    })
    .toSorted((one, other) => one.afterS - other.afterS);
}
