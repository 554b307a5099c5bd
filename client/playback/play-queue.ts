/** The play queue: what was played, what is playing, what comes next. Pure; entries have ids because a track may be in it twice. */
import type { Track } from "../shapes.ts";

export interface QueueItem {
  readonly id: string;
  readonly track: Track;
}

/** Longest queue; more tracks are left out. */
const queueLimit = 2_000;

export class PlayQueue {
  #items: readonly QueueItem[] = [];
  #index = -1;
  #made = 0;

  get items(): readonly QueueItem[] {
    return this.#items;
  }

  /** Index of the current item; -1 when there is none. */
  get index(): number {
    return this.#index;
  }

  get current(): QueueItem | null {
    return this.#items[this.#index] ?? null;
  }

  get following(): QueueItem | null {
    return this.#items[this.#index + 1] ?? null;
  }

  /** Replaces the queue and makes item `index` the current one. */
  replace(tracks: readonly Track[], index: number): QueueItem | null {
    this.#items = tracks.slice(0, queueLimit).map((track) => this.#item(track));
    this.#index = Math.min(index, this.#items.length - 1);
    return this.current;
  }

  /** Takes a queue that was made elsewhere, with its ids. */
  set(items: readonly QueueItem[], index: number): void {
    this.#items = items.slice(0, queueLimit);
    this.#index = Math.min(index, this.#items.length - 1);
  }

  append(tracks: readonly Track[]): void {
    this.#items = [...this.#items, ...tracks.map((track) => this.#item(track))].slice(0, queueLimit);
  }

  /** Puts tracks right after the current one. */
  insertNext(tracks: readonly Track[]): void {
    const at = this.#index + 1;
    this.#items = [...this.#items.slice(0, at), ...tracks.map((track) => this.#item(track)), ...this.#items.slice(at)].slice(0, queueLimit);
  }

  /** Removes an item that is not the current one. */
  remove(id: string): void {
    const at = this.#items.findIndex((item) => item.id === id);
    if (at === -1 || at === this.#index) return;
    this.#items = this.#items.toSpliced(at, 1);
    if (at < this.#index) this.#index -= 1;
  }

  /** Makes an item the current one; null when it is not in the queue. */
  select(id: string): QueueItem | null {
    const at = this.#items.findIndex((item) => item.id === id);
    if (at === -1) return null;
    this.#index = at;
    return this.current;
  }

  next(): QueueItem | null {
    return this.following === null ? null : this.select(this.following.id);
  }

  previous(): QueueItem | null {
    const item = this.#items[this.#index - 1];
    return item === undefined ? null : this.select(item.id);
  }

  #item(track: Track): QueueItem {
    this.#made += 1;
    return { id: `q${this.#made}`, track };
  }
}

/** Fisher and Yates; `random` in [0, 1). */
export function shuffled<T>(items: readonly T[], random: () => number = Math.random): T[] {
  const out = [...items];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [out[i], out[j]] = [out[j] as T, out[i] as T];
  }
  return out;
}
