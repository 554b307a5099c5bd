/**
 * The link between the player of this device and its account's session. Of several devices one is the active one: its player does what
 * the session says; the others are silent and show it. What the listener does here is a wish: done on the copy and by the player at
 * once, then told to the session, whose word replaces the copy when every wish is answered.
 *
 *   listener -> wish -> copy ----> player          session's word (`receive`) -> copy -> player, when another device asked for it
 *                   \-> commands -> session         player goes on by itself -> copy, report -> session
 *
 * - Not done ahead of the answer: what takes the music from another device that plays. The plan may refuse it.
 * - A word that came while wishes are unanswered waits: it may be older than they are.
 * - Without the session everything goes on here, and is told later; what does not fit then is the session's to decide.
 * - A session that knows nothing any more gets back what is known here; who is not active waits a moment, for the active device knows more.
 * - No clock and no timer of its own but for volume: `tick` is called about once a second, `now` is the session's time.
 */
import { newOpId } from "../playlists.ts";
import type { Track } from "../shapes.ts";
import { isLater } from "../stamped.ts";
import { Commands, type Wished } from "./commands.ts";
import { done, emptyCopy, positionAt, type Copy, type Doing } from "./copy.ts";
import { Driver, type PlayerLike } from "./driver.ts";
import type { PlaybackEvent, Seen } from "./playback-events.ts";
import { offer, offerHeld, Reports, type Offered } from "./reports.ts";
import type { Answered, DeviceType, SessionCalls, SessionDevice, SessionView } from "./shapes.ts";
import type { TrackShelf } from "./tracks.ts";
import type { Wish } from "./wishes.ts";

export interface LinkOptions {
  readonly player: PlayerLike;
  readonly calls: SessionCalls<Wished>;
  readonly tracks: Pick<TrackShelf, "get" | "put">;
  readonly device: { readonly deviceId: string; readonly name: string; readonly type: DeviceType };
  /** The session's clock, ms since 1970. */
  readonly now: () => number;
  /** Something that is shown is another. */
  readonly changed: () => void;
  /** The session will not do what was wished. */
  readonly refused: (error: unknown, wish: Wish) => void;
  /** What happened to the tracks that play here. */
  readonly happened: (event: PlaybackEvent) => void;
  /** Whether the browser lets this page sound. */
  readonly maySound?: () => boolean;
  /** It was told to play and may not sound: the listener must press something. */
  readonly blocked?: () => void;
  /** Runs `work` in so many ms. */
  readonly later?: (ms: number, work: () => void) => void;
  readonly newId?: () => string;
  /** What `leave` answered at the end of the last visit. */
  readonly kept?: Copy | null;
}

/** What a player does that somebody else drives; null: nothing. */
export type HeldPlayer = () => Seen | null;

/** Volumes are told so often, at most. */
const volumeMs = 200;
/** An answered wish whose news does not come is asked for after this. */
const newsMs = 2_000;
/** Who is not active gives the session back what it lost so much later. */
const restoreLaterMs = 4_000;

/** What makes another item, or another device, play. */
const movesOn: ReadonlySet<Wish["type"]> = new Set(["list", "next", "previous", "jump", "transfer"]);

export class SessionLink {
  readonly #options: Required<LinkOptions>;
  readonly #player: PlayerLike;
  readonly #driver: Driver;
  readonly #commands: Commands;
  readonly #reports: Reports;
  #device: LinkOptions["device"];
  #copy: Copy = emptyCopy;
  /** The session's latest word; null before the first. */
  #word: SessionView | null = null;
  /** How far the word must have come before the copy may give way to it. */
  #awaited = { epoch: 0, n: 0, since: 0 };
  /** The newest command that the player does already. */
  #doneControl = 0;
  /** The next word is done whatever it says: a wish was refused, or another device asked for something meanwhile. */
  #isOverruled = false;
  #isOnline = false;
  #isLooking = false;
  /** The copy has been the session's word once. */
  #hasArrived = false;
  #isVolumeDue = false;
  #held: HeldPlayer | null = null;
  /** When it was seen that the session has lost what it knew; 0: it has not. */
  #lostAt = 0;

  constructor(options: LinkOptions) {
    this.#options = { maySound: () => true, blocked: () => {}, later: (ms, work) => void setTimeout(work, ms), newId: newOpId, kept: null, ...options };
    const { player, device, calls, now, kept, maySound, blocked, newId, tracks } = this.#options;
    this.#player = player;
    this.#device = device;
    this.#driver = new Driver({ player, now, maySound, blocked, newId, trackOf: (trackId) => tracks.get(trackId), happened: (event) => this.#options.happened(event) });
    this.#commands = new Commands({ send: (wished) => calls.command(wished), now, answered: (answer, wished) => this.#answered(answer, wished), refused: (error, wished) => this.#refused(error, wished) });
    this.#reports = new Reports({ send: (report) => calls.report(report), now, answered: (answer) => this.#reported(answer), failed: (error) => this.#reportFailed(error) });
    if (kept?.playback !== null && kept?.playback !== undefined) {
      // Where the last visit ended: silent, and told to nobody.
      this.#copy = { ...kept, activeDeviceId: null, devices: [], playback: { ...kept.playback, isPlaying: false } };
      this.#driver.begin(this.#copy, kept.playback.positionMs, false);
    }
  }

  /** What is shown. */
  get copy(): Copy {
    return this.#copy;
  }

  get device(): LinkOptions["device"] {
    return this.#device;
  }

  get isOnline(): boolean {
    return this.#isOnline;
  }

  /** This device is the one that plays, or the one that would. */
  get isHere(): boolean {
    return this.#isMine(this.#copy);
  }

  /** The device that plays instead of this one. */
  get elsewhere(): SessionDevice | null {
    return this.isHere ? null : (this.#copy.devices.find(({ deviceId }) => deviceId === this.#copy.activeDeviceId) ?? null);
  }

  get positionMs(): number {
    const { playback } = this.#copy;
    if (playback === null) return 0;
    return this.#held === null && this.isHere && this.#driver.has(playback.itemId) ? this.#player.positionMs : positionAt(playback, this.#options.now());
  }

  /** The session can be reached: at the start, and after each loss. */
  connected(): void {
    this.#isOnline = true;
    const { calls, newId } = this.#options;
    calls.register({ ...this.#device, volume: this.#player.state.volume, opId: newId() }).then(
      () => this.#tellAnew(),
      () => undefined,
    );
    this.#commands.retryNow();
    this.#options.changed();
  }

  disconnected(): void {
    this.#isOnline = false;
    this.#options.changed();
  }

  /** The session's word: whole. One that is older than another is left out. */
  receive(view: SessionView): void {
    if (this.#word !== null && !isLater(view, this.#word)) return;
    this.#word = view;
    if (view.control.by !== this.#device.deviceId && view.control.n > this.#doneControl) this.#isOverruled = true;
    if (view.isNew && this.#copy.queue.length > 0) {
      this.#lostAt ||= this.#options.now();
      this.#restoreWhenDue();
      return;
    }
    this.#lostAt = 0;
    this.#settle();
  }

  /** To be called about once a second. */
  tick(): void {
    const { now } = this.#options;
    this.#look();
    this.#commands.tick();
    this.#restoreWhenDue();
    if (this.#isOnline && this.#isBehind() && this.#commands.waiting === 0 && now() - this.#awaited.since > newsMs) {
      this.#awaited = { ...this.#awaited, since: now() };
      this.#refresh();
    }
    this.#tell("tick");
  }

  /** The player has changed. */
  playerChanged(): void {
    // What is looked at may be told what follows, and says so: that is no news.
    if (this.#isLooking) return;
    this.#look();
    this.#tell("offer");
  }

  /** What the listener wants. To be called in the click itself: browsers allow sound only then. */
  wish(wish: Wish, tracks: readonly Track[] = []): void {
    this.#options.tracks.put(tracks);
    this.#look();
    const doing = this.#doing(this.#options.newId());
    const isDone = !this.#takesAway(wish);
    if (wish.type === "list" || wish.type === "resume" || wish.type === "transfer") this.#player.unlock();
    const wasHere = this.isHere;
    if (isDone) this.#copy = done(this.#copy, wish, doing);
    // Before the player does it: what that reports must not come first.
    this.#commands.add({ opId: doing.opId, wish, isDone });
    if (isDone) this.#act(wish, wasHere, doing.now);
    this.#options.changed();
  }

  /** Volume of the device that plays, 0 to 1. */
  setVolume(volume: number): void {
    const target = this.isHere ? this.#device.deviceId : (this.#copy.activeDeviceId ?? this.#device.deviceId);
    const loud = Math.round(Math.min(1, Math.max(0, volume)) * 100) / 100;
    if (this.isHere) this.#player.setVolume(loud);
    this.#copy = done(this.#copy, { type: "volume", target, volume: loud }, this.#doing());
    this.#options.changed();
    if (this.#isVolumeDue) return;
    this.#isVolumeDue = true;
    this.#options.later(volumeMs, () => {
      this.#isVolumeDue = false;
      const device = this.#copy.devices.find(({ deviceId }) => deviceId === target);
      if (device !== undefined) this.#commands.add({ opId: this.#options.newId(), wish: { type: "volume", target, volume: device.volume }, isDone: true });
    });
  }

  /** Names this device anew. Rejects when the service does not answer. */
  async rename(name: string): Promise<void> {
    const { calls, newId, changed } = this.#options;
    await calls.register({ ...this.#device, name, volume: this.#player.state.volume, opId: newId() });
    this.#device = { ...this.#device, name };
    changed();
  }

  /** Somebody else drives the player for a while (a group), and says what sounds; null: no more. The session is told what it is. */
  hold(held: HeldPlayer | null): void {
    const wasHeld = this.#held !== null;
    this.#look();
    if (!wasHeld && held !== null) this.#driver.silence();
    this.#held = held;
    if (wasHeld && held === null && this.isHere && this.#copy.playback !== null) this.#driver.begin(this.#copy, positionAt(this.#copy.playback, this.#options.now()), false);
    this.#options.changed();
  }

  /** The page closes: what is told last is where the music stopped. Answers what to keep for the next visit. */
  leave(): Copy {
    this.#look();
    const { playback } = this.#copy;
    if (this.#held === null && this.isHere && playback !== null) {
      this.#copy = { ...this.#copy, playback: { ...playback, positionMs: this.positionMs, at: this.#options.now(), isPlaying: false } };
      this.#tell("now");
    }
    return this.#copy;
  }

  #isMine({ activeDeviceId }: Copy): boolean {
    return activeDeviceId === null || activeDeviceId === this.#device.deviceId;
  }

  #doing(opId: string = ""): Doing {
    return { opId, me: this.#device.deviceId, now: this.#options.now(), durationOf: (trackId) => this.#options.tracks.get(trackId).durationMs };
  }

  /** What the player does goes into the copy. */
  #look(): void {
    this.#isLooking = true;
    if (this.#held === null) this.#copy = this.#driver.look(this.#copy, this.isHere, this.#doing());
    else this.#driver.watch(this.#held());
    this.#isLooking = false;
  }

  /** Whether it would take the music from another device that plays. */
  #takesAway(wish: Wish): boolean {
    const isPlayed = !this.isHere && this.#copy.playback?.isPlaying === true && this.elsewhere?.isOnline !== false;
    return isPlayed && (wish.type === "list" || (wish.type === "transfer" && wish.target === this.#device.deviceId));
  }

  /** The player does what was wished here. */
  #act(wish: Wish, wasHere: boolean, at: number): void {
    if (this.#held !== null) return;
    if (!this.isHere) {
      if (wasHere) this.#driver.silence();
      return;
    }
    if (wish.type === "seek") this.#driver.seek(wish.positionMs);
    else if (wish.type === "pause") this.#player.pause();
    else if (wish.type === "resume" && this.#driver.has(this.#copy.playback?.itemId)) this.#player.resume();
    else if (wish.type === "resume" || movesOn.has(wish.type)) this.#driver.obey(this.#copy, at);
    else this.#driver.refill(this.#copy);
  }

  #answered(answer: Answered, { isDone }: Wished): void {
    this.#await(answer);
    if (isDone) this.#doneControl = Math.max(this.#doneControl, answer.n);
    this.#settle();
  }

  #await({ n, epoch = this.#word?.epoch ?? 0 }: Answered): void {
    if (isLater({ epoch, n }, this.#awaited)) this.#awaited = { epoch, n, since: this.#options.now() };
  }

  #refused(error: unknown, { wish }: Wished): void {
    this.#isOverruled = true;
    this.#options.refused(error, wish);
    this.#settle();
    this.#refresh();
  }

  #refresh(): void {
    this.#options.calls.refresh().catch(() => undefined);
  }

  #isBehind(): boolean {
    return this.#word === null || isLater(this.#awaited, this.#word);
  }

  /** The session's word replaces the copy, unless wishes are under way that it may not know. */
  #settle(): void {
    const word = this.#word;
    if (word === null || this.#lostAt !== 0 || this.#commands.waiting > 0 || this.#isVolumeDue || this.#isBehind()) return;
    this.#look();
    const before = this.#copy;
    const isAsked = word.control.n > this.#doneControl || this.#isOverruled;
    this.#doneControl = word.control.n;
    this.#isOverruled = false;
    this.#copy = word;
    if (this.#held === null) {
      if (this.#hasArrived) this.#take(before, isAsked);
      else this.#arrive(before);
    }
    this.#hasArrived = true;
    this.#options.changed();
    this.#tell("offer");
  }

  #take(before: Copy, isAsked: boolean): void {
    const device = this.#copy.devices.find(({ deviceId }) => deviceId === this.#device.deviceId);
    if (isAsked && device !== undefined && Math.abs(device.volume - this.#player.state.volume) > 0.005) this.#player.setVolume(device.volume);
    if (!this.isHere) {
      this.#driver.silence();
    } else if (isAsked || !this.#isMine(before)) {
      this.#driver.obey(this.#copy);
    } else {
      // What plays here is what is heard, whatever the session reckons; it is told.
      this.#look();
      this.#driver.refill(this.#copy);
    }
  }

  /** The first word after the page was opened: what played here stands where it was left, until somebody presses play. */
  #arrive(before: Copy): void {
    const { playback, control, epoch } = this.#copy;
    if (!this.isHere) {
      this.#driver.silence();
      return;
    }
    if (playback === null) return;
    const isAsBefore = before.playback?.itemId === playback.itemId && before.control.n === control.n && before.epoch === epoch && this.#driver.has(playback.itemId);
    if (!isAsBefore && !this.#driver.isSounding) {
      const now = this.#options.now();
      const positionMs = positionAt(playback, now);
      this.#copy = { ...this.#copy, playback: { ...playback, positionMs, at: now, isPlaying: false } };
      this.#driver.begin(this.#copy, positionMs, false);
    }
    this.#look();
    this.#driver.refill(this.#copy);
  }

  #restoreWhenDue(): void {
    const { now, calls, newId } = this.#options;
    if (this.#word?.isNew !== true || this.#lostAt === 0 || !this.#isOnline || (!this.isHere && now() - this.#lostAt < restoreLaterMs)) return;
    this.#lostAt = 0;
    this.#look();
    this.#commands.clear();
    calls.restore({ opId: newId(), deviceId: this.#device.deviceId, view: { ...this.#copy, activeDeviceId: this.#copy.activeDeviceId ?? this.#device.deviceId } }).then(
      () => this.#refresh(),
      () => (this.#lostAt = now()),
    );
  }

  /** Tells what this device does: when that is another, when it is due, or now. Wishes that are under way come first. */
  #tell(how: "offer" | "tick" | "now"): void {
    if (!this.#isOnline || (how !== "now" && this.#commands.waiting > 0)) return;
    this.#reports[how](this.#report());
  }

  #tellAnew(): void {
    this.#reports.forget();
    this.#tell("offer");
  }

  #report(): Offered {
    const { deviceId } = this.#device;
    const { epoch, n } = this.#isBehind() ? this.#awaited : (this.#word ?? this.#awaited);
    const { playback, activeDeviceId } = this.#copy;
    const alive = { deviceId, seen: { epoch, n } };
    const { playbackId, does } = this.#driver;
    if (this.#held !== null) return offerHeld(alive, this.#held(), playbackId, this.#options.now());
    return activeDeviceId === deviceId && playback !== null && this.#driver.has(playback.itemId) ? offer(alive, playback, playbackId, does) : { does: "", report: alive };
  }

  #reported(answer: Answered & { readonly isNew: boolean }): void {
    this.#await(answer);
    if (answer.isNew && this.#word?.isNew === false) this.#refresh();
  }

  #reportFailed(error: unknown): void {
    // The session was lost, and the device with it.
    if ((error as { code?: string } | null)?.code === "DEVICE_NOT_FOUND") this.connected();
  }
}
