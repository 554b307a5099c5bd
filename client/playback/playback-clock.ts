/**
 * The playback clock: from what the worklet rendered to what is heard now.
 *
 * The worklet notes an anchor every few render quanta: "at context time t, the next frame is sample s of entry e". What
 * is heard was rendered `outputLatency` earlier, so the clock asks the anchors for that moment; between anchors it
 * counts frames. Exact to a frame at anchors, and never past the next one.
 */
import type { TierName } from "../../audio/index.ts";

export interface Anchor {
  readonly generation: number;
  readonly entry: string | null;
  readonly tier: TierName | null;
  readonly sample: number;
  readonly advancing: boolean;
  /** Context time in seconds at which the frame `sample` is, or would be, rendered. */
  readonly time: number;
}

/** Longest output latency an anchor is kept for: Bluetooth devices report up to about half a second. */
const keptSeconds = 2;

export class PlaybackClock {
  readonly #rate: number;
  #anchors: Anchor[] = [];

  constructor(rate: number) {
    this.#rate = rate;
  }

  note(anchor: Anchor): void {
    // A seek makes what came before meaningless: the new position shows at once.
    if (this.#anchors.at(-1)?.generation !== anchor.generation) this.#anchors = [];
    this.#anchors.push(anchor);
    while (this.#anchors.length > 1 && (this.#anchors[1]?.time ?? Infinity) < anchor.time - keptSeconds) this.#anchors.shift();
  }

  /** What is heard at context time `now` (seconds) behind `latency` (seconds); null before the first anchor. */
  at(now: number, latency: number): Anchor | null {
    const heardAt = now - latency;
    const index = Math.max(0, this.#anchors.findLastIndex((anchor) => anchor.time <= heardAt));
    const anchor = this.#anchors[index];
    if (anchor === undefined) return null;
    if (!anchor.advancing) return anchor;
    const following = this.#anchors[index + 1];
    const limit = following === undefined ? Infinity : following.entry === anchor.entry ? following.sample : Infinity;
    const sample = Math.min(limit, anchor.sample + Math.max(0, Math.floor((heardAt - anchor.time) * this.#rate + 1e-3)));
    return { ...anchor, sample: Math.max(anchor.sample, sample), time: heardAt };
  }
}
