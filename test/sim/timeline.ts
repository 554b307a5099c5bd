/**
 * Simulated time: a queue of things that happen at given times, run one after another. Nothing else makes time pass, and
 * between two of them every promise that can go on has gone on, so a run depends on its seed alone.
 */
export interface Scheduled {
  readonly at: number;
  /** Breaks ties: first scheduled, first run. */
  readonly order: number;
  readonly label: string;
  run: (() => void) | undefined;
}

/** A run that does more than this is one that never ends. */
const mostEvents = 400_000;

export class Timeline {
  /** Milliseconds since the run began. */
  now = 0;
  events = 0;
  /** Set to see each event as it runs. */
  observe: ((at: number, label: string) => void) | undefined;
  #order = 0;
  #hash = 0x811c9dc5;
  readonly #heap: Scheduled[] = [];

  /** Of everything that happened so far, in order. */
  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }

  /** Runs `run` after `ms`, unless it is cancelled before. */
  after(ms: number, label: string, run: () => void): Scheduled {
    const scheduled = { at: this.now + Math.max(0, ms), order: this.#order++, label, run };
    this.#push(scheduled);
    return scheduled;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, "sleep", resolve));
  }

  /** Lets everything happen that is due until `end`. */
  async runUntil(end: number): Promise<void> {
    for (let next = this.#heap[0]; next !== undefined && next.at <= end; next = this.#heap[0]) {
      this.#pop();
      const { run } = next;
      if (run === undefined) continue;
      if (++this.events > mostEvents) throw new Error(`more than ${mostEvents} events: the run does not come to rest`);
      this.now = next.at;
      this.#mix(next);
      this.observe?.(next.at, next.label);
      run();
      await settled();
    }
    this.now = end;
  }

  #mix({ at, label }: Scheduled): void {
    let hash = Math.imul(this.#hash ^ Math.floor(at * 1_000), 0x01000193);
    for (let place = 0; place < label.length; place++) hash = Math.imul(hash ^ label.charCodeAt(place), 0x01000193);
    this.#hash = hash;
  }

  #push(scheduled: Scheduled): void {
    const heap = this.#heap;
    let place = heap.push(scheduled) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isEarlier(scheduled, parent)) break;
      heap[place] = parent;
      place = above;
    }
    heap[place] = scheduled;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      let child = heap[below];
      if (child === undefined) break;
      const other = heap[below + 1];
      if (other !== undefined && isEarlier(other, child)) [below, child] = [below + 1, other];
      if (!isEarlier(child, last)) break;
      heap[place] = child;
      place = below;
    }
    heap[place] = last;
  }
}

const isEarlier = (one: Scheduled, other: Scheduled): boolean => one.at < other.at || (one.at === other.at && one.order < other.order);

/**
 * Resolves when no promise can go on any more. Node runs every microtask, also those made meanwhile, before the next
 * callback of process.nextTick that a microtask asked for; a fifth of the time that setImmediate takes.
 */
export const settled = (): Promise<void> => new Promise((resolve) => queueMicrotask(() => process.nextTick(resolve)));
