/**
 * What happened to the tracks that played here, from looking at the player again and again: start, progress (each 30 s of
 * listening), pause, resume, seek, skip, complete. Pure; made for `session.event`.
 *
 *   observe: first sound -> start    sound, then none by choice -> pause    sound again -> resume    30 s heard -> progress
 *   seeked:  seek
 *   leave:   skip, or nothing when it goes on elsewhere
 *   observe of another item, or of the end, without `leave` -> complete
 *
 * Waiting for the network is no pause. What was heard is counted by how far the music went, and never faster than time did, so
 * a seek is not listening.
 */
export type PlaybackEventType = "start" | "progress" | "pause" | "resume" | "seek" | "skip" | "complete";

export interface PlaybackEvent {
  /** Unique for the account: the same event sent again is one event. */
  readonly eventId: string;
  readonly type: PlaybackEventType;
  readonly playbackId: string;
  readonly trackId: string;
  readonly positionMs: number;
  /** Music heard of this playing so far. */
  readonly listenedMs: number;
  /** Ms since 1970. */
  readonly at: number;
}

/** The player at one moment. */
export interface Seen {
  /** Of this playing: the same track played again has another. */
  readonly itemId: string;
  readonly trackId: string;
  /** Null until the service has granted the play: nothing sounds before. */
  readonly playbackId: string | null;
  readonly durationMs: number;
  readonly positionMs: number;
  readonly phase: "sounding" | "waiting" | "paused" | "ended";
}

/** A track left so close to its end was heard to the end. */
const endMs = 1_500;
const progressMs = 30_000;

interface Playing {
  readonly seen: Seen;
  readonly playbackId: string;
  readonly phase: "sounding" | "paused";
  readonly positionMs: number;
  readonly at: number;
  readonly listenedMs: number;
  readonly toldMs: number;
}

export class PlaybackEvents {
  readonly #emit: (event: PlaybackEvent) => void;
  readonly #newId: () => string;
  readonly #used = new Map<string, number>();
  #playing: Playing | null = null;

  constructor(options: { readonly emit: (event: PlaybackEvent) => void; readonly newId: () => string }) {
    this.#emit = options.emit;
    this.#newId = options.newId;
  }

  /** Names what plays; null when nothing has sounded yet. */
  get playbackId(): string | null {
    return this.#playing?.playbackId ?? null;
  }

  /** How the player is now; null: it has nothing. To be called at each change, and about once a second while music sounds. */
  observe(seen: Seen | null, now: number): void {
    if (this.#playing !== null && (seen?.itemId !== this.#playing.seen.itemId || seen.phase === "ended")) this.#finish(now);
    if (seen === null || seen.playbackId === null || seen.phase === "ended") return;
    if (this.#playing === null) {
      if (seen.phase !== "sounding") return;
      this.#playing = { seen, playbackId: this.#nameOf(seen.playbackId), phase: "sounding", positionMs: seen.positionMs, at: now, listenedMs: 0, toldMs: 0 };
      this.#tell("start", now);
      return;
    }
    this.#count(seen.positionMs, now);
    const { phase } = this.#playing;
    if (phase === "sounding" && seen.phase === "paused") this.#turn("paused", "pause", now);
    else if (phase === "paused" && seen.phase === "sounding") this.#turn("sounding", "resume", now);
    else if (this.#playing.listenedMs - this.#playing.toldMs >= progressMs) this.#tell("progress", now);
  }

  /** The listener goes to `toMs` of what plays; to be called before the player does. */
  seeked(fromMs: number, toMs: number, now: number): void {
    if (this.#playing === null) return;
    this.#count(fromMs, now);
    this.#playing = { ...this.#playing, positionMs: toMs };
    this.#tell("seek", now);
  }

  /** What plays is left at `positionMs`: by choice ("skip"), or because it goes on elsewhere ("moved"). To be called before the player does. */
  leave(why: "skip" | "moved", positionMs: number, now: number): void {
    if (this.#playing === null) return;
    this.#count(positionMs, now);
    const { seen, phase } = this.#playing;
    if (why === "skip") this.#tell(positionMs >= seen.durationMs - endMs ? "complete" : "skip", now);
    else if (phase === "sounding") this.#tell("pause", now);
    this.#playing = null;
  }

  #finish(now: number): void {
    if (this.#playing === null) return;
    const { seen, phase, positionMs } = this.#playing;
    // A change that nobody announced is the end of the track, heard to its last sample; paused music does not end by itself.
    if (phase === "sounding") this.#count(Math.max(positionMs, Math.min(seen.durationMs, positionMs + now - this.#playing.at)), now);
    this.#tell(phase === "sounding" ? "complete" : "skip", now);
    this.#playing = null;
  }

  #count(positionMs: number, now: number): void {
    if (this.#playing === null) return;
    const { phase, listenedMs, at } = this.#playing;
    const went = positionMs - this.#playing.positionMs;
    const heard = phase === "sounding" && went > 0 ? Math.min(went, Math.max(0, now - at)) : 0;
    this.#playing = { ...this.#playing, positionMs, at: now, listenedMs: listenedMs + heard };
  }

  #turn(phase: Playing["phase"], type: PlaybackEventType, now: number): void {
    if (this.#playing === null) return;
    this.#playing = { ...this.#playing, phase };
    this.#tell(type, now);
  }

  #tell(type: PlaybackEventType, now: number): void {
    if (this.#playing === null) return;
    const { playbackId, seen, positionMs, listenedMs } = this.#playing;
    this.#playing = { ...this.#playing, toldMs: listenedMs };
    this.#emit({ eventId: this.#newId(), type, playbackId, trackId: seen.trackId, positionMs: Math.round(positionMs), listenedMs: Math.round(listenedMs), at: Math.round(now) });
  }

  /** A right to play may serve several playings of its track (repeat, going back): each has a name of its own. */
  #nameOf(playbackId: string): string {
    const times = (this.#used.get(playbackId) ?? 0) + 1;
    this.#used.delete(playbackId);
    this.#used.set(playbackId, times);
    const oldest = this.#used.keys().next().value;
    if (this.#used.size > 200 && oldest !== undefined) this.#used.delete(oldest);
    return times === 1 ? playbackId : `${playbackId}-${times}`;
  }
}
