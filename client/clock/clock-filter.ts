/**
 * How far the service's clock is from one's own, as NTP tells (RFC 5905, 8 and 10). Pure.
 *
 *   here     t0 ------------------ t3      offset = ((t1 - t0) + (t2 - t3)) / 2
 *              \                  /        delay  = (t3 - t0) - (t2 - t1)
 *   service     t1 ------------ t2
 *
 * Where the two ways take the same time the offset is exact; it is wrong by half the delay at most. So of the last eight samples the one
 * of least delay is believed, with its age counted against it: two clocks drift apart. A sample that cannot agree with that one
 * says that a clock was set or slept: what was known before is forgotten.
 */

export interface ClockSample {
  /** What is to be added to one's own time. */
  readonly offsetMs: number;
  readonly delayMs: number;
  /** When it came, by one's own clock. */
  readonly at: number;
}

const kept = 8;
/** Two quartz clocks: at most 100 us in a second. */
const driftPerMs = 1e-4;
/** Beyond what delay and drift explain: timers and scheduling. */
const slackMs = 2;

export class ClockFilter {
  #samples: ClockSample[] = [];

  /** The answer's times by the service's clock, the others by one's own; ms. What cannot be is ignored. */
  add(sentAt: number, answer: { readonly receivedAt: number; readonly sentAt: number }, backAt: number): void {
    const delayMs = backAt - sentAt - (answer.sentAt - answer.receivedAt);
    const offsetMs = (answer.receivedAt - sentAt + (answer.sentAt - backAt)) / 2;
    if (!Number.isFinite(delayMs) || !Number.isFinite(offsetMs) || backAt < sentAt || answer.sentAt < answer.receivedAt || delayMs < -slackMs) return;
    const sample = { offsetMs, delayMs: Math.max(0, delayMs), at: backAt };
    const best = this.best(backAt);
    if (best !== undefined && Math.abs(best.offsetMs - offsetMs) > errorOf(best, backAt) + errorOf(sample, backAt) + slackMs) this.#samples = [];
    this.#samples = [...this.#samples, sample].slice(-kept);
  }

  get size(): number {
    return this.#samples.length;
  }

  /** The sample to believe at `now`; undefined before the first. */
  best(now: number): ClockSample | undefined {
    let best: ClockSample | undefined;
    for (const sample of this.#samples) if (best === undefined || errorOf(sample, now) <= errorOf(best, now)) best = sample;
    return best;
  }

  /** How wrong the best sample may be, ms; Infinity before the first. */
  errorMs(now: number): number {
    const best = this.best(now);
    return best === undefined ? Infinity : errorOf(best, now);
  }
}

const errorOf = ({ delayMs, at }: ClockSample, now: number): number => delayMs / 2 + (now - at) * driftPerMs;
