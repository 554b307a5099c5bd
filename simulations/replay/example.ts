/** A log as a service would have recorded it, from the listener model: for whoever has none yet and wants to try a replay. */
import { listenerPresets, sessionPlays } from "../listener/index.ts";
import { popularityOf, popularityPresets } from "../popularity/index.ts";
import { Stream } from "../random/index.ts";
import type { ActType } from "./log.ts";

export interface ExampleOptions {
  readonly seed: number;
  /** Who listen; each has visits one after the other. */
  readonly users: number;
  readonly durationS: number;
  /** Ms since 1970. */
  readonly startAt: number;
}

export interface ExampleLine {
  readonly at: string;
  readonly userId: string;
  readonly trackId: string;
  readonly type: ActType;
  readonly positionMs: number;
  readonly playbackId: string;
}

/** Between two visits of one listener. */
const awayMeanS = 60;
const progressS = 30;
/** The facts tell of pauses before plays and of none within: this is our guess, so that a log has both. */
const pauses = { perPlay: 0.08, meanS: 8 } as const;

/** In order of time. The log is cut out of a longer one: some are in the middle of something. */
export function exampleLog({ seed, users, durationS, startAt }: ExampleOptions): ExampleLine[] {
  const popularity = popularityOf(popularityPresets.seed);
  const lines: (ExampleLine & { readonly ms: number })[] = [];
  for (let user = 0; user < users; user++) {
    const stream = new Stream(seed, "example", user);
    let [atS, plays] = [-stream.exponential(awayMeanS), 0];
    while (atS < durationS) {
      for (const { pauseS, lengthS, listenedS, isSkipped, seeks } of sessionPlays(listenerPresets.seed, stream)) {
        atS += pauseS;
        const trackId = `track-${popularity.sample(stream)}`;
        const playbackId = `${user}-${++plays}`;
        const tell = (type: ActType, afterS: number, positionS: number) => {
          const ms = Math.round((atS + afterS) * 1_000);
          if (ms < 0 || ms >= durationS * 1_000) return;
          lines.push({ ms, at: new Date(startAt + ms).toISOString(), userId: `listener-${user}`, trackId, type, positionMs: Math.round(Math.min(lengthS, Math.max(0, positionS)) * 1_000), playbackId });
        };
        tell("start", 0, 0);
        const pauseAtS = stream.chance(pauses.perPlay) ? stream.next() * listenedS : Infinity;
        const pausedS = pauseAtS === Infinity ? 0 : stream.exponential(pauses.meanS);
        const later = (heardS: number) => heardS + (heardS > pauseAtS ? pausedS : 0);
        if (pauseAtS !== Infinity) {
          tell("pause", pauseAtS, pauseAtS);
          tell("resume", pauseAtS + pausedS, pauseAtS);
        }
        for (let heardS = progressS; heardS < listenedS; heardS += progressS) tell("progress", later(heardS), heardS);
        for (const { afterS, byS } of seeks) tell("seek", later(afterS), afterS + byS);
        tell(isSkipped ? "skip" : "complete", later(listenedS), isSkipped ? listenedS : lengthS);
        atS += listenedS + pausedS;
        if (atS >= durationS) break;
      }
      atS += stream.exponential(awayMeanS);
    }
  }
  return lines.toSorted((one, other) => one.ms - other.ms).map(({ ms: _ms, ...line }) => line);
}
