/** What friends see against what was said: a view is right when it shows what its owner said last, or has said since so lately that it may be on its way. */

/** One thing that somebody said he plays; null: nothing. */
export interface Said {
  readonly trackId: string | null;
  readonly sentAt: number;
  /** When it was acknowledged; Infinity: it was not, and may have happened all the same. */
  endedAt: number;
}

/** What may be seen at `at` of somebody who said these, in order: the last that was acknowledged `graceMs` ago, and what was said after it. */
export function mayBeSeen(said: readonly Said[], at: number, graceMs: number): ReadonlySet<string | null> {
  const settled = said.findLastIndex(({ endedAt }) => endedAt <= at - graceMs);
  return new Set([...(settled < 0 ? [null] : []), ...said.slice(Math.max(0, settled)).map(({ trackId }) => trackId)]);
}

/** Stamps of one person's states as one observer was sent them: changes only rise, a snapshot does not go back. Answers what is wrong; undefined: nothing. */
export class Stamps {
  readonly #last = new Map<string, { readonly epoch: number; readonly n: number }>();

  change(userId: string, epoch: number, n: number): "twice" | "back" | undefined {
    const order = this.#order(userId, epoch, n);
    if (order > 0) this.#last.set(userId, { epoch, n });
    return order > 0 ? undefined : order === 0 ? "twice" : "back";
  }

  /** The same again is no news and no fault: who comes back is sent all. */
  snapshot(userId: string, epoch: number, n: number): "back" | undefined {
    const order = this.#order(userId, epoch, n);
    if (order > 0) this.#last.set(userId, { epoch, n });
    return order < 0 ? "back" : undefined;
  }

  #order(userId: string, epoch: number, n: number): number {
    const last = this.#last.get(userId);
    return last === undefined ? 1 : epoch - last.epoch || n - last.n;
  }
}
