/** Devices of one account in simulated time: players that take a while to load, and a transport that is late, cut, or forgets everything. */
import { NetworkError } from "../../errors.ts";
import type { QueueItem } from "../../playback/play-queue.ts";
import type { PlayerState } from "../../playback/index.ts";
import type { Track } from "../../shapes.ts";
import type { Wished } from "../commands.ts";
import { done, emptyCopy, positionAt, wentOn, type Copy } from "../copy.ts";
import type { PlayerLike } from "../driver.ts";
import { SessionLink, type LinkOptions } from "../link.ts";
import type { PlaybackEvent } from "../playback-events.ts";
import type { DeviceReport, SessionView } from "../shapes.ts";
import type { Wish } from "../wishes.ts";

export const track = (id: string, durationMs: number = 60_000): Track => ({ id, title: id, artists: [], album: { id: "a", title: "a" }, disc: 1, number: 1, year: null, durationMs, imageId: null, genres: [], tiers: [] });
const tracks = new Map(["t0", "t1", "t2", "t3", "t4"].map((id) => [id, track(id)]));
const trackOf = (id: string): Track => tracks.get(id) ?? track(id);

/** Plays by the scene's time. */
export class SimulatedPlayer implements PlayerLike {
  readonly #now: () => number;
  #items: readonly QueueItem[] = [];
  #index = -1;
  #wanted = false;
  #positionMs = 0;
  #since = 0;
  #loadedAt = 0;
  #hasEnded = false;
  loadMs = 300;
  #volume = 1;
  changed: () => void = () => {};
  /** What the link did to it. */
  readonly did: string[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  get state(): Pick<PlayerState, "status" | "item" | "volume" | "playbackId"> {
    const item = this.#items[this.#index] ?? null;
    const status = item === null ? "idle" : this.#hasEnded ? "ended" : !this.#wanted ? "paused" : this.#now() < this.#loadedAt ? "loading" : "playing";
    return { status, item, volume: this.#volume, playbackId: item === null || this.#now() < this.#loadedAt ? null : `play-${item.track.id}` };
  }

  get positionMs(): number {
    return this.state.status === "playing" ? this.#positionMs + this.#now() - Math.max(this.#since, this.#loadedAt) : this.#positionMs;
  }

  get upcoming(): string[] {
    return this.#items.slice(this.#index).map(({ id }) => id);
  }

  unlock(): void {}

  follow(items: readonly QueueItem[], index: number, { positionMs, playing }: { readonly positionMs: number; readonly playing: boolean }): void {
    const isSame = items[index] !== undefined && items[index].id === this.#items[this.#index]?.id;
    this.#items = items;
    this.#index = index;
    if (isSame) {
      this.changed();
      return;
    }
    this.did.push(index === -1 ? "silence" : `${playing ? "play" : "wait"} ${items[index]?.id} ${Math.round(positionMs)}`);
    this.#load(positionMs, playing);
  }

  pause(): void {
    this.did.push("pause");
    this.#hold();
    this.#wanted = false;
    this.changed();
  }

  resume(): void {
    this.did.push("resume");
    this.#hasEnded = false;
    this.#wanted = true;
    this.#since = this.#now();
    this.changed();
  }

  seek(positionMs: number): void {
    this.did.push(`seek ${Math.round(positionMs)}`);
    this.#load(positionMs, this.#wanted);
  }

  setVolume(volume: number): void {
    this.#volume = volume;
  }

  /** Time has passed. */
  step(): void {
    const before = this.state.status;
    const item = this.#items[this.#index];
    const over = item === undefined ? -1 : this.positionMs - item.track.durationMs;
    if (item !== undefined && before === "playing" && over >= 0) {
      if (this.#index + 1 < this.#items.length) {
        this.#index += 1;
        this.#positionMs = over;
        this.#since = this.#now();
      } else {
        this.#positionMs = item.track.durationMs;
        this.#wanted = false;
        this.#hasEnded = true;
      }
      this.changed();
    } else if (this.#loadedAt !== 0 && this.#now() >= this.#loadedAt && this.#loadedAt > this.#now() - 100) {
      this.changed();
    }
  }

  #hold(): void {
    this.#positionMs = this.positionMs;
    this.#since = this.#now();
  }

  #load(positionMs: number, playing: boolean): void {
    this.#wanted = playing;
    this.#hasEnded = false;
    this.#positionMs = positionMs;
    this.#loadedAt = this.#now() + this.loadMs;
    this.#since = this.#loadedAt;
    this.changed();
  }
}

export interface SimulatedDevice {
  readonly link: SessionLink;
  readonly player: SimulatedPlayer;
  readonly events: PlaybackEvent[];
  readonly refusals: { readonly error: unknown; readonly wish: Wish }[];
  readonly reports: DeviceReport[];
  /** Cut from the session, or not. */
  online(isOnline: boolean): void;
  do(wish: Wish): void;
}

export class Scene {
  now = 1_800_000_000_000;
  wayMs = 20;
  /** Throws what the session answers to a wish instead of doing it. */
  refuse: (wished: Wished, by: string) => void = () => {};
  /** Wishes that came to the session. */
  readonly asked: Wished[] = [];
  #view: SessionView = emptyCopy;
  #ids = 0;
  readonly #devices = new Map<string, SimulatedDevice & { isOnline: boolean }>();
  #timers: { at: number; work: () => void }[] = [];
  #secondAt = 0;
  readonly #known = new Map<string, number>();

  get view(): SessionView {
    return this.#view;
  }

  device(deviceId: string, more: Partial<LinkOptions> = {}): SimulatedDevice {
    const player = new SimulatedPlayer(() => this.now);
    const events: PlaybackEvent[] = [];
    const refusals: SimulatedDevice["refusals"] = [];
    const reports: DeviceReport[] = [];
    const link = new SessionLink({
      player,
      device: { deviceId, name: deviceId, type: "web" },
      tracks: { get: trackOf, put: () => {} },
      now: () => this.now,
      changed: () => {},
      refused: (error, wish) => refusals.push({ error, wish }),
      happened: (event) => events.push(event),
      later: (ms, work) => this.#after(ms, work),
      newId: () => `o${(this.#ids += 1)}`,
      calls: {
        register: (device) => this.#ask(deviceId, () => this.#register(device.deviceId, device.name, device.volume)),
        refresh: () => this.#ask(deviceId, () => this.#tell(deviceId)),
        command: (wished) => this.#ask(deviceId, () => this.#command(wished, deviceId)),
        report: (report) => {
          reports.push(report);
          return this.#ask(deviceId, () => this.#report(report));
        },
        restore: ({ view }) => this.#ask(deviceId, () => this.say({ ...view, isNew: false, n: this.#view.n, epoch: this.#view.epoch })),
      },
      ...more,
    });
    const device = {
      link, player, events, refusals, reports,
      isOnline: true,
      online: (isOnline: boolean) => {
        device.isOnline = isOnline;
        if (!isOnline) {
          link.disconnected();
          return;
        }
        link.connected();
        this.#after(this.wayMs, () => link.receive(this.#view));
      },
      do: (wish: Wish) => link.wish(wish),
    };
    player.changed = () => link.playerChanged();
    this.#devices.set(deviceId, device);
    device.online(true);
    return device;
  }

  /** The device is gone without a word. */
  remove(deviceId: string): void {
    this.#devices.delete(deviceId);
  }

  /** The session changes, whoever asked for it. */
  say(change: Partial<SessionView>): void {
    this.#view = { ...this.#view, ...change, n: this.#view.n + 1 };
    for (const deviceId of this.#devices.keys()) this.#tell(deviceId);
  }

  /** Another device's command. */
  command(by: string, wish: Wish): void {
    this.#command({ opId: `x${(this.#ids += 1)}`, wish, isDone: true }, by);
  }

  /** The session has lost everything. */
  forget(): void {
    this.#known.clear();
    this.#view = { ...emptyCopy, epoch: this.#view.epoch + 1, n: 0 };
    this.say({});
  }

  async pass(ms: number): Promise<void> {
    const end = this.now + ms;
    while (this.now < end) {
      this.now += 10;
      for (const { player } of this.#devices.values()) player.step();
      const due = this.#timers.filter(({ at }) => at <= this.now);
      this.#timers = this.#timers.filter(({ at }) => at > this.now);
      for (const { work } of due) work();
      if (this.now >= this.#secondAt) {
        this.#secondAt = this.now + 1_000;
        for (const { link } of this.#devices.values()) link.tick();
      }
      for (let turn = 0; turn < 8; turn++) await Promise.resolve();
    }
  }

  #after(ms: number, work: () => void): void {
    this.#timers.push({ at: this.now + ms, work });
  }

  /** There and back; nothing comes of it when the device is cut meanwhile. */
  #ask<T>(deviceId: string, work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = () => reject(new NetworkError(new Error("cut")));
      if (this.#devices.get(deviceId)?.isOnline === false) {
        fail();
        return;
      }
      this.#after(this.wayMs, () => {
        if (this.#devices.get(deviceId)?.isOnline === false) {
          fail();
          return;
        }
        try {
          const answer = work();
          this.#after(this.wayMs, () => (this.#devices.get(deviceId)?.isOnline === false ? fail() : resolve(answer)));
        } catch (error) {
          this.#after(this.wayMs, () => reject(error));
        }
      });
    });
  }

  #tell(deviceId: string): void {
    const view = this.#view;
    this.#after(this.wayMs, () => {
      const device = this.#devices.get(deviceId);
      if (device?.isOnline === true) device.link.receive(view);
    });
  }

  #register(deviceId: string, name: string, volume: number): void {
    const others = this.#view.devices.filter((device) => device.deviceId !== deviceId);
    this.say({ devices: [...others, { deviceId, name, type: "web", volume, lastSeenAt: this.now, isOnline: true }] });
  }

  #command(wished: Wished, by: string): { n: number } {
    const known = this.#known.get(wished.opId);
    if (known !== undefined) return { n: known };
    this.asked.push(wished);
    this.refuse(wished, by);
    const before = this.#view;
    const after: Copy = done(before, wished.wish, { opId: wished.opId, me: by, now: this.now, durationOf: (trackId) => trackOf(trackId).durationMs });
    this.say({ ...after, n: before.n, queueVersion: before.n + 1, control: { n: before.n + 1, by } });
    this.#known.set(wished.opId, this.#view.n);
    return { n: this.#view.n };
  }

  #report(report: DeviceReport): { n: number; isNew: boolean } {
    const { playback, queue, activeDeviceId, control } = this.#view;
    const index = queue.findIndex(({ itemId }) => itemId === report.itemId);
    const item = queue[index];
    const isTrue = report.deviceId === activeDeviceId && item !== undefined && report.seen.n >= control.n;
    if (isTrue && report.positionMs !== undefined && report.at !== undefined) {
      const isSame = playback !== null && playback.itemId === item.itemId && playback.isPlaying === report.isPlaying && Math.abs(positionAt(playback, report.at) - report.positionMs) < 1_500;
      if (!isSame && index !== this.#view.index) this.#view = wentOn(this.#view, item.itemId, { opId: "", me: report.deviceId, now: this.now, durationOf: (trackId) => trackOf(trackId).durationMs });
      if (!isSame) this.say({ playback: { itemId: item.itemId, trackId: item.trackId, playbackId: report.playbackId ?? null, positionMs: report.positionMs, at: report.at, isPlaying: report.isPlaying ?? false, durationMs: trackOf(item.trackId).durationMs } });
    }
    return { n: this.#view.n, isNew: this.#view.isNew };
  }
}
