/** Time that is moved by hand, for everybody in a test; each may have a clock of his own that shows something else. */
interface Due {
  readonly at: number;
  readonly run: () => void;
}

export class SimulatedTime {
  now = 0;
  #due: Due[] = [];

  after(ms: number, run: () => void): () => void {
    const due = { at: this.now + Math.max(0, ms), run };
    // Behind those of the same time: what was asked for first happens first.
    const place = this.#due.findIndex(({ at }) => at > due.at);
    this.#due.splice(place < 0 ? this.#due.length : place, 0, due);
    return () => void (this.#due = this.#due.filter((other) => other !== due));
  }

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve));
  }

  /** Lets `ms` pass; whatever is due happens in order, with all that follows from it at once. */
  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    await settled();
    for (let due = this.#due[0]; due !== undefined && due.at <= until; due = this.#due[0]) {
      this.#due.shift();
      this.now = due.at;
      due.run();
      await settled();
    }
    this.now = until;
  }
}

/** Promises that follow from each other have run. */
async function settled(): Promise<void> {
  for (let n = 0; n < 8; n++) await Promise.resolve();
}
