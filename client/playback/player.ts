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
import { ApiError, LoggedOut, PlaybackError } from "../errors.ts";
import type { PlayGrant, Quality, Track } from "../shapes.ts";
import type { Grant } from "./chunk-source.ts";
import { normalisationGain } from "./loudness.ts";
import type { Output } from "./output.ts";
import { PlayQueue, type QueueItem } from "./play-queue.ts";
import type { Heard } from "./sample-queue.ts";

export type PlayerStatus = "idle" | "loading" | "playing" | "paused" | "buffering" | "ended" | "error";

export interface PlayerState {
  readonly status: PlayerStatus;
  readonly item: QueueItem | null;
  readonly queue: readonly QueueItem[];
  readonly index: number;
  readonly quality: Quality;
  /** Tiers the listener may use for this track; null before they are known. */
  readonly available: readonly TierName[] | null;
  /** Tier that is heard, and its real mean bit rate. */
  readonly tier: TierName | null;
  readonly kbps: number | null;
  readonly volume: number;
  readonly normalised: boolean;
  readonly error: PlaybackError | null;
}

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
/** Grants kept for tracks around the current one. */
const grantsKept = 16;

export class Player {
  readonly #output: Output;
  readonly #options: PlayerOptions;
  readonly #queue = new PlayQueue();
  readonly #grants = new Map<string, Grant>();
  #status: PlayerStatus = "idle";
  #generation = 0;
  #wanted = false;
  /** Where the current generation starts, until it is heard. */
  #target = 0;
  #heard: Heard | null = null;
  #failure: { entry: string; error: PlaybackError } | null = null;
  #quality: Quality = "auto";
  #volume = 1;
  #normalised = true;

  constructor(options: PlayerOptions) {
    this.#options = options;
    this.#output = options.output;
    this.#output.events = {
      heard: (heard) => this.#hear(heard),
      failed: (generation, entry, error) => {
        if (generation === this.#generation) this.#fail(entry, error);
      },
      overtaken: (generation) => {
        if (generation === this.#generation) void this.#start(this.#sample());
      },
      renew: (trackId) => this.#askGrant(trackId),
    };
  }

  get state(): PlayerState {
    const item = this.#queue.current;
    const manifest = item === null ? undefined : this.#grants.get(item.track.id)?.manifest;
    const granted = item === null ? undefined : this.#grants.get(item.track.id)?.tiers;
    const tier = this.#heard?.generation === this.#generation ? this.#heard.tier : null;
    return {
      status: this.#status,
      item,
      queue: this.#queue.items,
      index: this.#queue.index,
      quality: this.#quality,
      available: granted === undefined ? null : (Object.keys(granted) as TierName[]),
      tier,
      kbps: tier === null ? null : (manifest?.tiers[tier]?.avgKbps ?? null),
      volume: this.#volume,
      normalised: this.#normalised,
      error: this.#status === "error" ? (this.#failure?.error ?? null) : null,
    };
  }

  /** What is heard now. */
  get positionMs(): number {
    const rate = this.#currentGrant()?.manifest.rate;
    return rate === undefined ? 0 : (this.#sample() / rate) * 1_000;
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
    if (this.#status === "ended" || this.#status === "error") {
      void this.#start(this.#status === "ended" ? 0 : this.#sample());
      return;
    }
    this.#output.setPlaying(true);
    this.#settle();
  }

  /** Goes to `positionMs` of the current track. */
  seek(positionMs: number): void {
    const grant = this.#currentGrant();
    if (grant === undefined) return;
    const { rate, samples } = grant.manifest;
    void this.#start(Math.min(Math.max(0, Math.round((positionMs / 1_000) * rate)), samples - 1));
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
    this.#become("idle");
  }

  async #start(sample: number): Promise<void> {
    const item = this.#queue.current;
    if (item === null) return;
    const generation = (this.#generation += 1);
    this.#failure = null;
    this.#target = sample;
    this.#output.flush(generation);
    this.#become(this.#wanted ? "loading" : "paused");
    try {
      const grant = await this.#grant(item.track.id);
      if (generation !== this.#generation) return;
      await this.#output.open(grant.manifest.rate);
      if (generation !== this.#generation) return;
      this.#setGains();
      this.#output.setVolume(this.#volume);
      this.#output.setQuality(this.#quality);
      this.#output.setPlaying(this.#wanted);
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
    const grant = following === null ? null : await this.#grant(following.track.id).catch(() => null);
    // The queue moved on meanwhile: whoever moved it tells.
    if (this.#queue.current !== current || this.#queue.following !== following) return;
    this.#setGains();
    // A track that is refused ends the run here; the error shows when it is its turn.
    this.#output.setNext(current.id, following === null || grant === null ? null : { id: following.id, grant });
  }

  #hear(heard: Heard): void {
    if (heard.generation !== this.#generation) return;
    const before = this.#heard;
    this.#heard = heard;
    if (heard.entry !== null && heard.entry !== this.#queue.current?.id && this.#queue.select(heard.entry) !== null) {
      this.#target = heard.sample;
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
    if (this.#queue.following !== before) void this.#tellNext();
    this.#emit();
  }

  #sample(): number {
    const now = this.#output.now();
    return now?.generation === this.#generation && now.entry !== null && now.entry === this.#queue.current?.id ? now.sample : this.#target;
  }

  #currentGrant(): Grant | undefined {
    const item = this.#queue.current;
    return item === null ? undefined : this.#grants.get(item.track.id);
  }

  #setGains(): void {
    const gains = new Map<string, number>();
    for (const item of [this.#queue.current, this.#queue.following]) {
      const loudness = item === null ? undefined : this.#grants.get(item.track.id)?.manifest.loudness;
      if (item !== null && loudness !== undefined && this.#normalised) gains.set(item.id, normalisationGain(loudness));
    }
    this.#output.setGains(gains);
  }

  async #grant(trackId: string): Promise<Grant> {
    const kept = this.#grants.get(trackId);
    const now = (this.#options.now ?? Date.now)();
    if (kept !== undefined && Date.parse(kept.expiresAt) > now + 120_000) return kept;
    return this.#askGrant(trackId);
  }

  async #askGrant(trackId: string): Promise<Grant> {
    try {
      const grant = await this.#options.grant(trackId);
      this.#grants.delete(trackId);
      this.#grants.set(trackId, grant);
      const oldest = this.#grants.keys().next().value;
      if (this.#grants.size > grantsKept && oldest !== undefined && oldest !== this.#queue.current?.track.id) this.#grants.delete(oldest);
      return grant;
    } catch (error) {
      throw playbackError(error);
    }
  }
}

function playbackError(error: unknown): PlaybackError {
  if (error instanceof PlaybackError) return error;
  if (error instanceof LoggedOut) return new PlaybackError("REFUSED", error.message, error);
  if (error instanceof ApiError) {
    const code = error.status === 404 ? "MISSING" : error.retryable ? "UNREACHABLE" : "REFUSED";
    return new PlaybackError(code, error.message, error);
  }
  return new PlaybackError("UNREACHABLE", "The music cannot be reached. Check the connection.", error);
}
