/**
 * Keeps one's player where the group is.
 *
 *   view --> nothing plays: stop · paused: silence at once, at its position
 *        --> plays, and the player is on that course: leave it alone (also over the end of a track)
 *        --> plays otherwise: start at the common time; when that has passed, where the group is by then
 *   each second: off by more than 20 ms twice in a row: start again where the group is, every 2 s at most
 *
 * A course is a track and the moment of the service's clock at which it began, or would have: as long as a view says the same,
 * nothing is to do. 20 ms: two members may be off in opposite directions, and with the error of their clocks stay within 50 ms of each
 * other. Who may not hear a track, or cannot, is silent, and comes in with the next one.
 */
import { placeAt, positionAt, type GroupView, type Playback } from "../../actors/group/model/index.ts";
import { isLater } from "../stamped.ts";
import type { GroupPlayer, Played } from "./player.ts";

/** The service's clock, as ServerClock knows it. */
export interface SyncClock {
  /** Resolves when it knows the time. */
  readonly ready: Promise<void>;
  now(): number | undefined;
  toLocal(serverMs: number): number | undefined;
}

export interface SyncOptions {
  readonly player: GroupPlayer;
  readonly clock: SyncClock;
  /** One's own clock, the one of `clock` and of the player. */
  readonly now?: () => number;
  readonly changed?: (state: SyncState) => void;
}

/** silent: there is no right to hear this track. failed: it cannot be played at the moment. */
export interface SyncState {
  readonly status: "idle" | "waiting" | "paused" | "starting" | "together" | "silent" | "failed";
  /** How far ahead of the group it was when last looked at, ms; null when it does not sound. */
  readonly offMs: number | null;
}

const toleranceMs = 20;
const strikesNeeded = 2;
/** Between two corrections; twice as long after each, so that a device whose clock is bad is not silenced all the time. */
const correctEveryMs = { first: 2_000, most: 30_000 };
/** After so long without a correction, the next may come soon again. */
const steadyMs = 60_000;
/** Who comes late starts so far ahead: what is decoded by then sounds in time, the rest comes in later. */
const leadMs = 150;
/** A start is given so long before it is judged. */
const settleMs = 500;
/** A player that has been silent for so long without a reason is started again. */
const stuckMs = 15_000;
/** Two courses are one if they differ by no more: durations are whole milliseconds, tracks are not. */
const sameCourseMs = 5;

interface Course {
  readonly itemId: string;
  /** When the track was at 0, ms since 1970 by the service's clock. */
  readonly zeroAt: number;
}

export class GroupSync {
  readonly #player: GroupPlayer;
  readonly #clock: SyncClock;
  readonly #now: () => number;
  readonly #changed: (state: SyncState) => void;
  #view: GroupView | undefined;
  #course: Course | undefined;
  /** What the player was told to play after the present course, and how long that lasts. */
  #followedBy: string | undefined;
  #lasts = 0;
  #held: Playback | undefined;
  #strikes = 0;
  #judgedFrom = -Infinity;
  #startedAt = -Infinity;
  #restMs = correctEveryMs.first;
  #state: SyncState = { status: "idle", offMs: null };

  constructor({ player, clock, now = () => performance.now(), changed = () => undefined }: SyncOptions) {
    this.#player = player;
    this.#clock = clock;
    this.#now = now;
    this.#changed = changed;
    void clock.ready.then(() => this.#follow());
  }

  get state(): SyncState {
    return this.#state;
  }

  /** Takes a view of the group; an older one than the last is ignored. */
  take(view: GroupView): void {
    if (this.#view !== undefined && isLater(this.#view, view)) return;
    this.#view = view;
    this.#follow();
  }

  /** Looks whether it is where the group is. To be called every second. */
  check(): void {
    const place = this.#place();
    if (place?.playback?.isPlaying !== true || this.#course === undefined) {
      this.#follow();
      return;
    }
    const { playback, serverNow } = place;
    if (this.#now() < this.#judgedFrom) return;
    const trouble = this.#player.trouble(playback.itemId);
    if (trouble === "refused") {
      this.#course = courseOf(playback);
      this.#become("silent");
      return;
    }
    const heard = this.#player.heard();
    const offMs = heard?.itemId === playback.itemId ? heard.positionMs - positionAt(playback, serverNow) : null;
    // The next track may be heard a moment before or after it is due: that is no other track.
    const isAtJoin = offMs === null && heard !== null && heard.itemId === this.#other(playback.itemId) && isNearJoin(playback, serverNow);
    if (heard === null && trouble === null && this.#now() - this.#judgedFrom < stuckMs) {
      // It comes in where the group is by then; to begin again would only take longer.
      this.#become("starting");
      return;
    }
    if (isAtJoin || (offMs !== null && Math.abs(offMs) <= toleranceMs)) {
      this.#strikes = 0;
      if (this.#now() - this.#startedAt > steadyMs) this.#restMs = correctEveryMs.first;
      this.#become("together", offMs);
      return;
    }
    this.#strikes += 1;
    this.#become(trouble === "failed" ? "failed" : heard === null ? "starting" : "together", offMs);
    if (this.#strikes < strikesNeeded || this.#now() - this.#startedAt < this.#restMs) return;
    this.#restMs = Math.min(this.#restMs * 2, correctEveryMs.most);
    this.#start(serverNow + leadMs);
  }

  stop(): void {
    this.#view = undefined;
    this.#halt();
  }

  /** Where the group is at this moment; undefined when that is not known. */
  #place(): { readonly playback: Playback | null; readonly serverNow: number } | undefined {
    const serverNow = this.#clock.now();
    return this.#view === undefined || serverNow === undefined ? undefined : { playback: this.#at(this.#view, serverNow), serverNow };
  }

  #at({ playback, next }: GroupView, serverMs: number): Playback | null {
    if (playback === null) return null;
    const queue: Played[] = next === null ? [playback] : [playback, next];
    return placeAt(queue.map((item) => ({ ...item, addedBy: "" })), { index: 0, playback }, serverMs).playback;
  }

  #follow(): void {
    const place = this.#place();
    if (this.#view === undefined) return;
    if (place === undefined) {
      this.#become("waiting");
      return;
    }
    const { playback, serverNow } = place;
    if (playback === null) {
      this.#halt();
    } else if (!playback.isPlaying) {
      this.#hold(playback);
    } else if (this.#isOn(playback)) {
      this.#course = courseOf(playback);
      this.#player.setNext(playback.itemId, this.#after(playback.itemId));
    } else {
      this.#start(Math.max(playback.at, serverNow));
    }
  }

  #halt(): void {
    if (this.#course === undefined && this.#held === undefined && this.#state.status === "idle") return;
    this.#course = undefined;
    this.#held = undefined;
    this.#player.stop();
    this.#become("idle");
  }

  #hold(playback: Playback): void {
    const next = this.#after(playback.itemId);
    if (this.#held?.itemId === playback.itemId && this.#held.positionMs === playback.positionMs) this.#player.setNext(playback.itemId, next);
    else this.#player.hold(playback, playback.positionMs, next);
    this.#held = playback;
    this.#course = undefined;
    this.#become("paused");
  }

  /** Starts so that it is where the group is at `serverMs`, or a little later when that is now. */
  #start(serverMs: number): void {
    const serverNow = this.#clock.now();
    if (this.#view === undefined || serverNow === undefined) return;
    const at = serverMs > serverNow ? serverMs : serverNow + leadMs;
    const playback = this.#at(this.#view, at);
    const atMs = this.#clock.toLocal(at);
    if (playback === null || atMs === undefined) {
      this.#halt();
      return;
    }
    this.#held = undefined;
    this.#course = courseOf(playback);
    this.#strikes = 0;
    this.#startedAt = this.#now();
    this.#judgedFrom = atMs + settleMs;
    this.#player.start(playback, positionAt(playback, at), atMs, this.#after(playback.itemId));
    this.#become("starting");
  }

  /** Whether the player was sent on this course, or comes to it by the end of its present track. */
  #isOn(playback: Playback): boolean {
    const course = this.#course;
    if (course === undefined) return false;
    const { itemId, zeroAt } = courseOf(playback);
    if (itemId === course.itemId) return Math.abs(zeroAt - course.zeroAt) <= sameCourseMs;
    // Who was silent does not come to the next track by itself.
    return this.#state.status !== "silent" && this.#state.status !== "failed" && this.#followedBy === itemId && Math.abs(zeroAt - (course.zeroAt + this.#lasts)) <= sameCourseMs;
  }

  #after(itemId: string): Played | null {
    const view = this.#view;
    const next = view?.playback?.itemId === itemId ? view.next : null;
    this.#followedBy = next?.itemId;
    this.#lasts = view?.playback?.durationMs ?? 0;
    return next;
  }

  #other(itemId: string): string | undefined {
    const { playback, next } = this.#view ?? {};
    return playback?.itemId === itemId ? next?.itemId : playback?.itemId;
  }

  #become(status: SyncState["status"], offMs: number | null = null): void {
    const isSame = status === this.#state.status && offMs === this.#state.offMs;
    this.#state = { status, offMs };
    if (!isSame) this.#changed(this.#state);
  }
}

const courseOf = ({ itemId, positionMs, at }: Playback): Course => ({ itemId, zeroAt: at - positionMs });

function isNearJoin({ positionMs, durationMs, at }: Playback, serverNow: number): boolean {
  const sinceStart = serverNow - (at - positionMs);
  return sinceStart < 1_000 || sinceStart > durationMs - 1_000;
}
