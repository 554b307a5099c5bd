/**
 * The player: a queue of tracks and the wish to play, kept true against what is heard.
 *
 *   idle --play--> loading --first sound--> playing <--> paused
 *                     ^                      |    ^
 *                     +-- seek, next, ... ---+    | enough audio again
 *                     |                      v    |
 *                     |                   buffering      playing --last sample--> ended
 *                     +---- retry ---- error (from any, when nothing is left to play)
 *
 * What is heard decides: the current track changes when the join is heard, not when it is decoded, and an error is shown
 * when the music before it has been played. Every start (play, seek, skip) is a new generation; whatever an older one
 * still reports is ignored. Runs on the page's thread; knows no DOM.
 */
import type { TierName } from "../../audio/index.ts";
import type { PlaybackError } from "../errors.ts";
import type { PlayGrant, Quality, Track } from "../shapes.ts";
import { GrantShelf, playbackError } from "./grant-shelf.ts";
import { normalisationGain } from "./loudness.ts";
import type { Output } from "./output.ts";
import { PlayQueue, type QueueItem } from "./play-queue.ts";
import type { PlayerState, PlayerStatus } from "./player-state.ts";
import type { Heard } from "./sample-queue.ts";

export type { PlayerState, PlayerStatus } from "./player-state.ts";

export interface PlayerOptions {
  readonly output: Output;
  /** Asks the service for the right to play a track. */
  readonly grant: (trackId: string) => Promise<PlayGrant>;
  readonly changed: (state: PlayerState) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** "Previous" goes back to the start of the track once so much of it was heard. */
const restartAfterMs = 3_000;
/** What is further from its place is fetched anew: there is so much decoded audio at most. */
const movedMs = 1_500;

export class Player {
  readonly #output: Output;
  readonly #options: PlayerOptions;
  readonly #queue = new PlayQueue();
  readonly #grants: GrantShelf;
  #status: PlayerStatus = "idle";
  #generation = 0;
  #wanted = false;
  /** Where the current generation starts, until it is heard; ms. */
  #targetMs = 0;
  /** The current item was not given to the output yet: it waits for `resume`. */
  #waiting = false;
  #heard: Heard | null = null;
  #failure: { entry: string; error: PlaybackError } | null = null;
  #quality: Quality = "auto";
  #volume = 1;
  #normalised = true;

  constructor(options: PlayerOptions) {
    this.#options = options;
    this.#output = options.output;
    this.#grants = new GrantShelf(options.grant, options.now ?? Date.now);
    this.#output.events = {
      heard: (heard) => this.#hear(heard),
      failed: (generation, entry, error) => {
        if (generation === this.#generation) this.#fail(entry, error);
      },
      overtaken: (generation) => {
        if (generation === this.#generation) void this.#start(this.positionMs);
      },
      renew: (trackId) => this.#grants.renew(trackId, this.#queue.current?.track.id),
    };
  }

  get state(): PlayerState {
    const item = this.#queue.current;
    const grant = this.#grants.at(item?.track.id);
    const tier = this.#heard?.generation === this.#generation ? this.#heard.tier : null;
    return {
      status: this.#status,
      item,
      queue: this.#queue.items,
      index: this.#queue.index,
      quality: this.#quality,
      available: grant === undefined ? null : (Object.keys(grant.tiers) as TierName[]),
      tier,
      kbps: tier === null ? null : (grant?.manifest.tiers[tier]?.avgKbps ?? null),
      playbackId: grant?.playbackId ?? null,
      volume: this.#volume,
      normalised: this.#normalised,
      error: this.#status === "error" ? (this.#failure?.error ?? null) : null,
    };
  }

  /** What is heard now. */
  get positionMs(): number {
    const now = this.#output.now();
    const { current } = this.#queue;
    const rate = this.#grants.at(current?.track.id)?.manifest.rate;
    return rate !== undefined && now?.generation === this.#generation && now.entry !== null && now.entry === current?.id ? (now.sample / rate) * 1_000 : this.#targetMs;
  }

  /** What sounds at this moment; null while nothing does. */
  get sounding(): { readonly itemId: string; readonly positionMs: number } | null {
    const now = this.#output.now();
    const { current } = this.#queue;
    return current !== null && now?.advancing === true && now.generation === this.#generation && now.entry === current.id ? { itemId: current.id, positionMs: this.positionMs } : null;
  }

  /** To be called in a click whose tracks must be fetched before they are played: browsers allow sound only then. */
  unlock(): void {
    this.#output.unlock();
  }

  /** Plays `tracks` from `index` on; they become the queue. Call it in the click itself. */
  play(tracks: readonly Track[], index: number = 0): Promise<void> {
    this.#output.unlock();
    this.#queue.replace(tracks, index);
    this.#wanted = true;
    return this.#start(0);
  }

  /**
   * Takes over a queue that is kept elsewhere. When the current item is its item `index`, that goes on as it is; otherwise
   * that one begins at `positionMs`, or waits there for `resume` and fetches nothing.
   */
  follow(items: readonly QueueItem[], index: number, { positionMs, playing }: { readonly positionMs: number; readonly playing: boolean }): void {
    const before = this.#queue.current;
    if (items[index]?.id === before?.id) {
      this.#edit(() => this.#queue.set(items, index));
      return;
    }
    this.#queue.set(items, index);
    this.#wanted = playing;
    if (playing) void this.#start(positionMs);
    else this.#wait(positionMs);
  }

  /**
   * Takes over a queue as `follow` does, and lets its item `index` be at `positionMs` at `atMs` of `performance.now()`: silent until then, and when it is
   * ready later, from where it is by then. What sounds already and is near its place is moved there.
   */
  startAt(items: readonly QueueItem[], index: number, positionMs: number, atMs: number): void {
    const { sounding } = this;
    const rate = this.#grants.at(items[index]?.track.id)?.manifest.rate;
    const isNear = sounding?.itemId === items[index]?.id && Math.abs(positionMs - (sounding?.positionMs ?? Infinity) - (atMs - performance.now())) <= movedMs;
    this.#edit(() => this.#queue.set(items, index));
    this.#wanted = true;
    if (isNear && rate !== undefined) this.#output.startAt(this.#generation, Math.round((positionMs / 1_000) * rate), atMs);
    else void this.#start(positionMs, atMs);
  }

  toggle(): void {
    if (this.#wanted && this.#status !== "ended" && this.#status !== "error") this.pause();
    else this.resume();
  }

  pause(): void {
    this.#wanted = false;
    this.#output.setPlaying(false);
    this.#settle();
  }

  resume(): void {
    if (this.#queue.current === null) return;
    this.#output.unlock();
    this.#wanted = true;
    if (this.#status === "ended" || this.#status === "error" || this.#waiting) {
      void this.#start(this.#status === "ended" ? 0 : this.positionMs);
      return;
    }
    this.#output.setPlaying(true);
    this.#settle();
  }

  /** Goes to `positionMs` of the current track. */
  seek(positionMs: number): void {
    if (this.#queue.current === null) return;
    if (this.#waiting) this.#wait(positionMs);
    else void this.#start(positionMs);
  }

  /** The next track; at the end of the queue, nothing. */
  next(): void {
    this.#output.unlock();
    if (this.#queue.next() === null) return;
    this.#wanted = true;
    void this.#start(0);
  }

  /** The track before; the start of this one when it has been playing a while, or is the first. */
  previous(): void {
    this.#output.unlock();
    if (this.positionMs <= restartAfterMs) this.#queue.previous();
    if (this.#queue.current === null) return;
    this.#wanted = true;
    void this.#start(0);
  }

  /** Jumps to an item of the queue. */
  select(itemId: string): void {
    this.#output.unlock();
    if (this.#queue.select(itemId) === null) return;
    this.#wanted = true;
    void this.#start(0);
  }

  playNext(tracks: readonly Track[]): void {
    if (this.#queue.current === null) void this.play(tracks);
    else this.#edit(() => this.#queue.insertNext(tracks));
  }

  enqueue(tracks: readonly Track[]): void {
    if (this.#queue.current === null) void this.play(tracks);
    else this.#edit(() => this.#queue.append(tracks));
  }

  remove(itemId: string): void {
    this.#edit(() => this.#queue.remove(itemId));
  }

  /** The tier from the next chunk boundary on; "auto" leaves it to the player. */
  setQuality(quality: Quality): void {
    this.#quality = quality;
    this.#output.setQuality(quality);
    this.#emit();
  }

  /** Linear, 0 to 1. */
  setVolume(volume: number): void {
    this.#volume = Math.min(1, Math.max(0, volume));
    this.#output.setVolume(this.#volume);
    this.#emit();
  }

  /** Whether tracks are brought to one loudness. */
  setNormalised(normalised: boolean): void {
    this.#normalised = normalised;
    this.#setGains();
    this.#emit();
  }

  /** Stops and forgets queue and rights: at log-out. */
  clear(): void {
    this.#wanted = false;
    this.#generation += 1;
    this.#output.setPlaying(false);
    this.#output.flush(this.#generation);
    this.#queue.replace([], 0);
    this.#grants.clear();
    this.#failure = null;
    this.#waiting = false;
    this.#targetMs = 0;
    this.#become("idle");
  }

  /** Is where `resume` begins. */
  #wait(positionMs: number): void {
    this.#waiting = this.#queue.current !== null;
    this.#failure = null;
    this.#generation += 1;
    this.#targetMs = positionMs;
    this.#output.setPlaying(false);
    this.#output.flush(this.#generation);
    this.#status = this.#waiting ? "paused" : "idle";
    this.#emit();
  }

  async #start(positionMs: number, atMs?: number): Promise<void> {
    const item = this.#queue.current;
    if (item === null) return;
    const generation = (this.#generation += 1);
    this.#failure = null;
    this.#waiting = false;
    this.#targetMs = Math.max(0, positionMs);
    this.#output.flush(generation);
    this.#become(this.#wanted ? "loading" : "paused");
    try {
      const grant = await this.#grants.get(item.track.id, item.track.id);
      if (generation !== this.#generation) return;
      await this.#output.open(grant.manifest.rate);
      if (generation !== this.#generation) return;
      this.#setGains();
      this.#output.setVolume(this.#volume);
      this.#output.setQuality(this.#quality);
      this.#output.setPlaying(this.#wanted);
      const { rate, samples } = grant.manifest;
      const sample = Math.min(Math.round((this.#targetMs / 1_000) * rate), samples - 1);
      if (atMs !== undefined) this.#output.startAt(generation, sample, atMs);
      this.#output.load(generation, { id: item.id, grant }, sample);
      this.#emit();
      await this.#tellNext();
    } catch (error) {
      if (generation === this.#generation) this.#fail(item.id, playbackError(error));
    }
  }

  /** Tells the engine what follows, so that it is there before it is needed. */
  async #tellNext(): Promise<void> {
    const { current, following } = this.#queue;
    if (current === null) return;
    const grant = following === null ? null : await this.#grants.get(following.track.id, current.track.id).catch(() => null);
    // The queue moved on meanwhile: whoever moved it tells.
    if (this.#queue.current?.id !== current.id || this.#queue.following?.id !== following?.id) return;
    this.#setGains();
    // A track that is refused ends the run here; the error shows when it is its turn.
    this.#output.setNext(current.id, following === null || grant === null ? null : { id: following.id, grant });
  }

  #hear(heard: Heard): void {
    if (heard.generation !== this.#generation) return;
    const before = this.#heard;
    this.#heard = heard;
    if (heard.entry !== null && heard.entry !== this.#queue.current?.id && this.#queue.select(heard.entry) !== null) {
      this.#targetMs = 0;
      void this.#tellNext();
      this.#emit();
    } else if (before?.tier !== heard.tier) {
      this.#emit();
    }
    if (heard.phase === "ended") this.#finish();
    else this.#settle();
  }

  #finish(): void {
    if (this.#status === "ended" || this.#status === "error") return;
    if (this.#wanted && this.#queue.next() !== null) {
      void this.#start(0);
      return;
    }
    this.#wanted = false;
    this.#output.setPlaying(false);
    this.#become("ended");
  }

  #fail(entry: string, error: PlaybackError): void {
    this.#failure = { entry, error };
    this.#settle();
  }

  /** The status that follows from the wish and from what is heard. */
  #settle(): void {
    if (this.#queue.current === null || this.#status === "ended") return;
    const heard = this.#heard?.generation === this.#generation ? this.#heard : null;
    const flowing = heard?.phase === "flowing";
    if (this.#failure !== null && !flowing) {
      if (this.#failure.entry !== this.#queue.current.id) this.#queue.select(this.#failure.entry);
      this.#become("error");
    } else if (!this.#wanted) {
      this.#become("paused");
    } else if (flowing) {
      this.#become("playing");
    } else {
      this.#become(heard?.phase === "starved" ? "buffering" : "loading");
    }
  }

  #become(status: PlayerStatus): void {
    if (status === this.#status && status !== "loading" && status !== "error") return;
    this.#status = status;
    this.#emit();
  }

  #emit(): void {
    this.#options.changed(this.state);
  }

  #edit(change: () => void): void {
    const before = this.#queue.following;
    change();
    if (this.#queue.following?.id !== before?.id) void this.#tellNext();
    this.#emit();
  }

  #setGains(): void {
    const gains = new Map<string, number>();
    for (const item of [this.#queue.current, this.#queue.following]) {
      const loudness = this.#grants.at(item?.track.id)?.manifest.loudness;
      if (item !== null && loudness !== undefined && this.#normalised) gains.set(item.id, normalisationGain(loudness));
    }
    this.#output.setGains(gains);
  }
}
