/** Tracks by id, kept and fetched many at a time: a session names what it plays by id, a page shows titles and covers. */
import type { Track } from "../shapes.ts";

export interface TrackShelfOptions {
  /** Those of up to 50 tracks that exist (`ApiClient.tracks`). */
  readonly fetch: (ids: readonly string[]) => Promise<readonly Track[]>;
  /** Tracks that were asked for have come. */
  readonly came: () => void;
  /** Ms since 1970. */
  readonly now?: () => number;
}

/** Tracks kept: a long queue, and what was browsed before. About 1 kB each. */
const kept = 4_000;
const perRequest = 50;
/** Requests under way at a time. */
const parallel = 2;
/** Ids that did not come are asked for again after this, when they are still needed. */
const againMs = 5_000;

export class TrackShelf {
  readonly #options: Required<TrackShelfOptions>;
  readonly #tracks = new Map<string, Track>();
  readonly #nameless = new Map<string, Track>();
  readonly #asked = new Map<string, number>();
  #requests = 0;
  #version = 0;
  #wanted: string[] = [];

  constructor(options: TrackShelfOptions) {
    this.#options = { now: Date.now, ...options };
  }

  /** Another number whenever a track is another, or has come. */
  get version(): number {
    return this.#version;
  }

  put(tracks: readonly Track[]): void {
    this.#version += 1;
    for (const track of tracks) {
      this.#tracks.delete(track.id);
      this.#tracks.set(track.id, track);
      this.#nameless.delete(track.id);
    }
    for (const [oldest] of this.#tracks) {
      if (this.#tracks.size <= kept) break;
      this.#tracks.delete(oldest);
    }
  }

  /** The track, or one without a name until it has come. */
  get(id: string): Track {
    return this.#tracks.get(id) ?? this.#namelessOf(id);
  }

  #namelessOf(id: string): Track {
    const made = this.#nameless.get(id) ?? { id, title: "…", artists: [], album: { id: "", title: "" }, disc: 1, number: null, year: null, durationMs: 0, imageId: null, genres: [], tiers: [] };
    if (this.#nameless.size > kept) this.#nameless.clear();
    this.#nameless.set(id, made);
    return made;
  }

  /** Fetches those that are not here; the first are needed first. Replaces what was needed before. */
  need(ids: readonly string[]): void {
    const now = this.#options.now();
    this.#wanted = [...new Set(ids)].filter((id) => !this.#tracks.has(id) && now - (this.#asked.get(id) ?? -againMs) >= againMs);
    while (this.#requests < parallel && this.#wanted.length > 0) void this.#fetch(this.#wanted.splice(0, perRequest), now);
  }

  async #fetch(ids: readonly string[], now: number): Promise<void> {
    this.#requests += 1;
    for (const id of ids) this.#asked.set(id, now);
    try {
      const tracks = await this.#options.fetch(ids);
      this.put(tracks);
      for (const { id } of tracks) this.#asked.delete(id);
      if (tracks.length > 0) this.#options.came();
    } catch {
      // Asked for again when it is needed again.
    } finally {
      this.#requests -= 1;
      if (this.#wanted.length > 0) this.need(this.#wanted);
      if (this.#asked.size > kept) this.#asked.clear();
    }
  }
}
