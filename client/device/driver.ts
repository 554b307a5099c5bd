/**
 * Drives the player by the copy of the session, and reads back what it does by itself. What is heard decides: music that plays goes on
 * while what follows it changes, and is sent elsewhere only when it is far from where the session has it.
 */
import type { PlayerState } from "../playback/index.ts";
import type { QueueItem } from "../playback/play-queue.ts";
import type { Track } from "../shapes.ts";
import { positionAt, wentOn, type Copy, type Doing } from "./copy.ts";
import { PlaybackEvents, type PlaybackEvent, type Seen } from "./playback-events.ts";
import { itemIdOf, windowOf } from "./window.ts";

/** What the link needs of a player. */
export interface PlayerLike {
  readonly state: Pick<PlayerState, "status" | "item" | "volume" | "playbackId">;
  readonly positionMs: number;
  unlock(): void;
  follow(items: readonly QueueItem[], index: number, start: { readonly positionMs: number; readonly playing: boolean }): void;
  pause(): void;
  resume(): void;
  seek(positionMs: number): void;
  setVolume(volume: number): void;
}

export interface DriverOptions {
  readonly player: PlayerLike;
  /** The session's clock, ms since 1970. */
  readonly now: () => number;
  readonly trackOf: (trackId: string) => Track;
  /** Whether the browser lets this page sound. */
  readonly maySound: () => boolean;
  /** It was told to play and may not sound. */
  readonly blocked: () => void;
  readonly happened: (event: PlaybackEvent) => void;
  readonly newId: () => string;
}

/** A player that is so far from where the session has it is sent there. */
const toleranceMs = 1_000;

export const isSounding = (status: PlayerState["status"]): boolean => status === "playing" || status === "loading" || status === "buffering";

/** What the listening log makes of a player's status. */
export const phaseOf = (status: PlayerState["status"]): Seen["phase"] => (status === "playing" ? "sounding" : status === "ended" ? "ended" : isSounding(status) ? "waiting" : "paused");

export class Driver {
  readonly #options: DriverOptions;
  readonly #player: PlayerLike;
  readonly #events: PlaybackEvents;

  constructor(options: DriverOptions) {
    this.#options = options;
    this.#player = options.player;
    this.#events = new PlaybackEvents({ emit: options.happened, newId: options.newId });
  }

  /** Names what sounds to the listening log. */
  get playbackId(): string | null {
    return this.#events.playbackId;
  }

  get isSounding(): boolean {
    return this.#player.state.item !== null && isSounding(this.#player.state.status);
  }

  /** What it does, as one word: another word is worth a report. */
  get does(): string {
    const { item, status } = this.#player.state;
    return `${item?.id ?? ""} ${status} ${this.playbackId ?? ""}`;
  }

  /** Whether this item of the session is the one that the player has. */
  has(itemId: string | undefined): boolean {
    const { item } = this.#player.state;
    return item !== null && itemIdOf(item.id) === itemId;
  }

  /** The copy with what the player does in it. `isHere`: it plays for the session. */
  look(copy: Copy, isHere: boolean, doing: Doing): Copy {
    const { now } = this.#options;
    const { item, status, playbackId } = this.#player.state;
    if (item === null || !isHere) {
      this.#events.observe(null, now());
      return copy;
    }
    const itemId = itemIdOf(item.id);
    const isElsewhere = copy.playback !== null && copy.playback.itemId !== itemId;
    const current = isElsewhere ? wentOn(copy, itemId, doing) : copy;
    if (isElsewhere || (current.repeat !== "off" && item.id !== itemId)) this.refill(current);
    const { playback } = current;
    if (playback?.itemId !== itemId) return current;
    const durationMs = playback.durationMs > 0 ? playback.durationMs : item.track.durationMs;
    const positionMs = this.#player.positionMs;
    this.#events.observe({ itemId: item.id, trackId: playback.trackId, playbackId, durationMs, positionMs, phase: phaseOf(status) }, now());
    return { ...current, playback: { ...playback, durationMs, positionMs, at: now(), isPlaying: isSounding(status) } };
  }

  /** Somebody else drives the player: what is heard is told all the same. */
  watch(seen: Seen | null): void {
    this.#events.observe(seen, this.#options.now());
  }

  /** Does what the copy says, as it is at `at`: what was pressed this moment begins exactly where it begins. */
  obey(copy: Copy, at: number = this.#options.now()): void {
    const { playback } = copy;
    if (playback === null) {
      this.silence();
      return;
    }
    const { now, maySound, blocked } = this.#options;
    const positionMs = positionAt(playback, at);
    const playing = playback.isPlaying && maySound();
    const { status } = this.#player.state;
    if (!this.has(playback.itemId) || status === "error") {
      this.#events.leave("skip", this.#player.positionMs, now());
      this.begin(copy, positionMs, playing);
    } else {
      this.refill(copy);
      if (Math.abs(this.#player.positionMs - positionMs) > toleranceMs || (playing && status === "ended")) this.seek(positionMs);
      if (playing && !isSounding(status)) this.#player.resume();
      if (!playing && isSounding(status)) this.#player.pause();
    }
    if (playback.isPlaying && !playing) blocked();
  }

  /** The current item of the copy, from `positionMs` on. */
  begin(copy: Copy, positionMs: number, playing: boolean): void {
    const items = this.#window(copy, null);
    // What has the same name would go on as it is.
    if (items[0]?.id === this.#player.state.item?.id) this.#clear();
    this.#player.follow(items, items.length === 0 ? -1 : 0, { positionMs, playing });
  }

  /** What plays goes on; what follows may be something else now. */
  refill(copy: Copy): void {
    const { item } = this.#player.state;
    if (item === null) return;
    const items = this.#window(copy, item.id);
    if (items[0]?.id === item.id) this.#player.follow(items, 0, { positionMs: 0, playing: false });
  }

  seek(positionMs: number): void {
    this.#events.seeked(this.#player.positionMs, positionMs, this.#options.now());
    this.#player.seek(positionMs);
  }

  /** The music goes on elsewhere, or nowhere. */
  silence(): void {
    if (this.#player.state.item === null) return;
    this.#events.leave("moved", this.#player.positionMs, this.#options.now());
    this.#clear();
  }

  #clear(): void {
    this.#player.follow([], -1, { positionMs: 0, playing: false });
  }

  #window({ queue, index, repeat }: Copy, playing: string | null): QueueItem[] {
    return windowOf(queue, index, repeat, playing).map(({ id, trackId }) => ({ id, track: this.#options.trackOf(trackId) }));
  }
}
