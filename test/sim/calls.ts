/**
 * The simulated way to a server: each call arrives later, fails before it had an effect, or after it, or is given up and has its
 * effect afterwards; and its answer comes later still. The server can be down, or cut off from one process.
 */
import { StorageUnavailable } from "../../storage/errors.ts";
import type { Seeded } from "../chaos/random.ts";
import { never, type SimProcess } from "./process.ts";
import type { Timeline } from "./timeline.ts";

export interface CallFaults {
  /** Only these calls fail; every call when it is undefined. */
  readonly only?: readonly string[] | undefined;
  /** Chances of a call, each. */
  readonly failBefore: number;
  readonly failAfter: number;
  /** The caller is told that it failed, and then it happens. */
  readonly late: number;
  readonly slow: number;
  readonly slowMs: number;
  readonly delayMs: number;
}

/** `refuses`: there is no connection. `holds`: what is sent arrives when the way is free again, whether somebody still waits for it or not. */
export type Way = "works" | "refuses" | "holds";

/** A caller waits for an answer no longer than this. */
const givenUpMs = 2_500;

export const soundCalls: CallFaults = { failBefore: 0, failAfter: 0, late: 0, slow: 0, slowMs: 0, delayMs: 1 };

export class Calls {
  faults: CallFaults;
  readonly #timeline: Timeline;
  readonly #random: Seeded;
  readonly #cut = new Map<string, Way>();
  #state: Way = "works";
  #held: (() => void)[] = [];

  constructor(timeline: Timeline, random: Seeded, faults: CallFaults) {
    this.#timeline = timeline;
    this.#random = random;
    this.faults = faults;
  }

  /** For everybody from now on, or for this process. */
  become(way: Way, name?: string): void {
    if (name === undefined) this.#state = way;
    else this.#cut.set(name, way);
    if (way === "works") this.#letGo();
  }

  heal(): void {
    this.faults = soundCalls;
    this.#state = "works";
    this.#cut.clear();
    this.#letGo();
  }

  /** What was held is sent again, and held again where need be. */
  #letGo(): void {
    for (const arrive of this.#held.splice(0)) this.#timeline.after(this.#random.next() * 5, "arrives at last", arrive);
  }

  /** `unheard`: its answer came to a process that had died. `effected`: it has had its effect, and its caller is told that it failed. */
  call<T>(process: SimProcess, name: string, effect: () => Promise<T>, unheard?: () => void, effected?: () => void): Promise<T> {
    if (!process.enter()) return never();
    const random = this.#random;
    const timeline = this.#timeline;
    const { failBefore, failAfter, late, slow, slowMs, delayMs } = this.faults;
    const delay = () => (random.chance(slow) ? random.next() * slowMs : 0.05 + random.next() * delayMs);
    const label = `${process.name} ${name}`;
    const luck = this.faults.only?.includes(name) === false ? 1 : random.next();
    const isLost = luck < failBefore;
    const isUnheard = !isLost && luck < failBefore + failAfter;
    const isLate = !isLost && !isUnheard && luck < failBefore + failAfter + late;
    return new Promise<T>((resolve, reject) => {
      let isTold = false;
      const told = (settle: () => void) => {
        if (isTold) return;
        isTold = true;
        process.run(settle);
      };
      const answer = (settle: () => void, missed?: () => void) => void timeline.after(delay(), `${label} answered`, () => {
        if (!process.isAlive) missed?.();
        told(settle);
      });
      const refuse = () => reject(new StorageUnavailable(`the store does not answer (${name})`));
      const fail = () => answer(refuse);
      if (isLate) fail();
      timeline.after(givenUpMs, `${label} given up`, () => told(refuse));
      const arrive = () => {
        const way = isLost ? "refuses" : (this.#cut.get(process.name) ?? this.#state);
        if (way === "refuses") fail();
        else if (way === "holds") this.#held.push(arrive);
        else void act();
      };
      const act = async () => {
        try {
          const value = await effect();
          if (isUnheard || isLate) effected?.();
          if (isUnheard) fail();
          else answer(() => resolve(value), unheard);
        } catch (error) {
          answer(() => reject(error));
        }
      };
      timeline.after(delay() + (isLate ? random.next() * 1_500 : 0), label, arrive);
    });
  }
}
