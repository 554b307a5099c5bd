/**
 * Counters of the nodes' operations ports, read twice a second, so that a kill takes at most half a second of them along. A node begins again at 0
 * with every start; the sum is over all lives.
 */

const everyMs = 500;
const timeoutMs = 2_000;

export class Counters {
  readonly #urls = new Map<string, string>();
  /** Last seen values of the present life of each node, and sums of the lives before. */
  readonly #present = new Map<string, Map<string, number>>();
  readonly #past = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => {
      for (const name of this.#urls.keys()) void this.look(name);
    }, everyMs);
  }

  /** A new life of `name` shows its counters at `url`. */
  watch(name: string, url: string): void {
    this.forget(name);
    this.#urls.set(name, url);
  }

  /** The present life of `name` has ended. */
  forget(name: string): void {
    this.#urls.delete(name);
    for (const [counter, value] of this.#present.get(name) ?? []) this.#past.set(counter, (this.#past.get(counter) ?? 0) + value);
    this.#present.delete(name);
  }

  /** Reads the counters of one node now; one that does not answer keeps what was last seen. */
  async look(name: string): Promise<void> {
    const url = this.#urls.get(name);
    if (url === undefined) return;
    const text = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })
      .then((response) => response.text())
      .catch(() => undefined);
    if (text !== undefined && this.#urls.get(name) === url) this.#present.set(name, parsed(text));
  }

  async lookAtAll(): Promise<void> {
    await Promise.all([...this.#urls.keys()].map((name) => this.look(name)));
  }

  /** The sum of a counter over all nodes, lives and labels. */
  sum(counter: string): number {
    let sum = this.#past.get(counter) ?? 0;
    for (const values of this.#present.values()) sum += values.get(counter) ?? 0;
    return sum;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

/** Prometheus text as sums by name. */
export function parsed(text: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const [, name, value] of text.matchAll(/^([a-zA-Z_:][\w:]*)(?:\{[^}]*\})? ([-+\d.eE]+)$/gm)) {
    if (name !== undefined) values.set(name, (values.get(name) ?? 0) + Number(value));
  }
  return values;
}
