/** When faults were under way, for loads that promise something of the time without, or after, one. */
export class FaultTimes {
  /** The last one may be under way: until Infinity. */
  readonly #faults: { readonly from: number; to: number }[] = [];

  struck(now: number): void {
    this.#faults.push({ from: now, to: Infinity });
  }

  healed(now: number): void {
    const last = this.#faults.at(-1);
    if (last !== undefined) last.to = now;
  }

  /** Whether one was under way between these, or so shortly before or after. */
  isNear(from: number, to: number, marginMs: number): boolean {
    return this.#faults.some((fault) => fault.from < to + marginMs && fault.to > from - marginMs);
  }

  /** The end of the last that was under way at `at` or later; Infinity while it is; `at` when there was none. */
  clearAfter(at: number): number {
    return this.#faults.reduce((latest, { to }) => Math.max(latest, to), at);
  }
}
