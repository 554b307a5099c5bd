/**
 * Sessions drawn beforehand, ordered by their lengths: those that are there when a part of a day begins are taken from it at the age that they have then.
 * To follow everybody from the beginning instead would take two days of events before the first that counts.
 */
import type { Stream } from "../random/index.ts";
import { sessionTracks } from "../listener/index.ts";
import type { ListenerDescription } from "../listener/index.ts";
import { drawPauseS } from "./lengths.ts";

/** A session at some age: what comes next, when, and how many plays follow the present one or the next. */
export interface Moment {
  readonly isPlaying: boolean;
  readonly nextS: number;
  readonly left: number;
}

export class SessionLibrary {
  /** By rank of the length: where its times begin. Times are starts and ends of its plays in turn. */
  readonly #times: readonly Float64Array[];

  constructor(size: number, { pauses, sessions }: ListenerDescription, playLengthsS: Float64Array, stream: Stream) {
    const all = Array.from({ length: size }, () => {
      const times = new Float64Array(2 * sessionTracks(sessions, stream));
      let atS = 0;
      for (let n = 0; n < times.length; n += 2) {
        if (n > 0) atS += drawPauseS(pauses, stream);
        times[n] = atS;
        atS += playLengthsS[stream.index(playLengthsS.length)] ?? 0;
        times[n + 1] = atS;
      }
      return times;
    });
    this.#times = all.toSorted((one, other) => (one.at(-1) ?? 0) - (other.at(-1) ?? 0));
  }

  get longestS(): number {
    return this.#times.at(-1)?.at(-1) ?? 0;
  }

  /** Share of sessions that are longer. */
  survival(ageS: number): number {
    return (this.#times.length - this.#firstLonger(ageS)) / this.#times.length;
  }

  /** One that is longer, at that age. */
  at(ageS: number, stream: Stream): Moment {
    const first = this.#firstLonger(ageS);
    const times = this.#times[first + stream.index(this.#times.length - first)] ?? new Float64Array();
    let n = 0;
    while ((times[n] ?? Infinity) <= ageS) n++;
    return { isPlaying: n % 2 === 1, nextS: (times[n] ?? ageS) - ageS, left: (times.length - n - (n % 2)) / 2 - (n % 2 === 1 ? 0 : 1) };
  }

  #firstLonger(ageS: number): number {
    let [low, high] = [0, this.#times.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#times[middle]?.at(-1) ?? 0) > ageS) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
