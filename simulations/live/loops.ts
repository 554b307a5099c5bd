/**
 * How much of its time an event loop is busy: that is what fills first. CPU tells less, because a loop that has work may wait for a core: a gateway whose
 * process had 0.88 of one was busy for 0.99 of the time, with its threads and those of others on the same two cores.
 */

/** What a process says of its loop, each fifth of a second or so; s of its own clock. */
export interface LoopTime {
  /** Since it began. */
  readonly busyS: number;
  readonly atS: number;
}

/** Shares since each was asked for last. */
export class Loops {
  readonly #last = new Map<string, LoopTime>();

  /** 1 when it has said nothing new: it is busy with something else. A process that was started again counts anew. */
  share(name: string, now: LoopTime): number {
    const last = this.#last.get(name);
    this.#last.set(name, now);
    if (last === undefined || now.atS < last.atS) return now.busyS / Math.max(now.atS, 1e-3);
    return now.atS === last.atS ? 1 : Math.min(1, (now.busyS - last.busyS) / (now.atS - last.atS));
  }
}
