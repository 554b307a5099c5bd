/**
 * What the page's buttons press and what its parts show: the session's music, wherever it plays. Here, the player does it; on another
 * device, that one is told; in a group, the group is asked.
 */
import type { Player, PlayerState, QueueItem, Quality, SessionContext, SessionDevice, SessionRepeat, Track } from "../../../client/index.ts";
import type { Live } from "./live.ts";
import type { Together } from "./together.ts";

export interface Shown extends PlayerState {
  /** The device that plays instead of this one. */
  readonly elsewhere: SessionDevice | null;
  readonly devices: readonly SessionDevice[];
  readonly shuffle: boolean;
  readonly repeat: SessionRepeat;
  readonly isPrivate: boolean;
  /** Whether something follows the current track. */
  readonly hasNext: boolean;
  /** The group that is listened with decides what plays. */
  readonly inGroup: boolean;
  /** In a group whose host alone decides, and that is somebody else. */
  readonly mayControl: boolean;
}

/** Tracks that a queue takes. */
const mostTracks = 2_000;

export class Listening {
  readonly #player: Player;
  readonly #live: Live;
  readonly #together: Together;
  #built: { readonly listed: unknown; readonly version: number; readonly items: readonly QueueItem[] } = { listed: null, version: -1, items: [] };

  constructor(player: Player, live: Live, together: Together) {
    this.#player = player;
    this.#live = live;
    this.#together = together;
  }

  get state(): Shown {
    const own = this.#player.state;
    const { copy, elsewhere, isHere } = this.#live.link;
    const group = this.#together.shown;
    const common = { elsewhere: group === null ? elsewhere : null, devices: copy.devices, shuffle: copy.shuffle, repeat: copy.repeat, isPrivate: copy.private, inGroup: group !== null, mayControl: group?.mayControl ?? true };
    if (group !== null) return { ...own, ...group, ...common, queue: this.#items(group.items), item: this.#items(group.items)[group.index] ?? null, hasNext: group.index + 1 < group.items.length, error: null };
    const queue = this.#items(copy.queue);
    const index = copy.playback === null ? -1 : copy.index;
    const status = isHere ? own.status : copy.playback === null ? "idle" : copy.playback.isPlaying ? "playing" : "paused";
    const volume = isHere ? own.volume : (elsewhere?.volume ?? own.volume);
    const hasNext = index !== -1 && (index + 1 < queue.length || (copy.repeat === "all" && queue.length > 0));
    return { ...own, ...common, queue, index, status, volume, item: queue[index] ?? null, hasNext, ...(isHere ? {} : { tier: null, kbps: null, error: null }) };
  }

  /** Whether the position moves. Asked many times a second. */
  get isMoving(): boolean {
    const group = this.#together.shown;
    if (group !== null) return group.status === "playing";
    const { isHere, copy } = this.#live.link;
    return isHere ? this.#player.state.status === "playing" : copy.playback?.isPlaying === true;
  }

  get positionMs(): number {
    return this.#together.shown === null ? this.#live.link.positionMs : this.#together.positionMs;
  }

  unlock(): void {
    this.#player.unlock();
  }

  /** These tracks, from `index` on, in place of the queue. Call it in the click itself. */
  play(tracks: readonly Track[], index: number = 0, context: SessionContext | null = null): void {
    const first = Math.max(0, Math.min(index, tracks.length - mostTracks));
    const listed = tracks.slice(first, first + mostTracks);
    if (listed.length === 0) return;
    this.#live.tracks.put(listed);
    const trackIds = listed.map(({ id }) => id);
    this.#player.unlock();
    if (this.#together.shown !== null) void this.#together.play(trackIds, index - first);
    else this.#live.link.wish({ type: "list", trackIds, index: index - first, positionMs: 0, context });
  }

  toggle(): void {
    const { status } = this.state;
    if (status === "playing" || status === "loading" || status === "buffering") this.pause();
    else this.resume();
  }

  pause(): void {
    if (!this.#together.do({ type: "pause", positionMs: this.positionMs })) this.#live.link.wish({ type: "pause" });
  }

  resume(): void {
    this.#player.unlock();
    if (!this.#together.do({ type: "play" })) this.#live.link.wish({ type: "resume" });
  }

  seek(positionMs: number): void {
    const { item } = this.state;
    if (item === null) return;
    const to = Math.max(0, Math.min(positionMs, item.track.durationMs > 0 ? item.track.durationMs - 1 : Infinity));
    if (!this.#together.do({ type: "seek", positionMs: to })) this.#live.link.wish({ type: "seek", positionMs: to });
  }

  next(): void {
    const { hasNext, item } = this.state;
    if (!hasNext) return;
    this.#player.unlock();
    if (!this.#together.do({ type: "next", ...(item === null ? {} : { itemId: item.id }) })) this.#live.link.wish({ type: "next" });
  }

  previous(): void {
    const { item } = this.state;
    if (item === null) return;
    this.#player.unlock();
    if (!this.#together.do({ type: "previous", itemId: item.id })) this.#live.link.wish({ type: "previous" });
  }

  /** Jumps to an item of the queue. */
  select(itemId: string): void {
    this.#player.unlock();
    if (!this.#together.do({ type: "jump", itemId })) this.#live.link.wish({ type: "jump", itemId });
  }

  playNext(tracks: readonly Track[]): void {
    this.#add(tracks, true);
  }

  enqueue(tracks: readonly Track[]): void {
    this.#add(tracks, false);
  }

  remove(itemId: string): void {
    if (!this.#together.do({ type: "remove", itemIds: [itemId] })) this.#live.link.wish({ type: "remove", itemId });
  }

  /** An item of the queue plays after the current one. */
  moveNext(itemId: string): void {
    const after = this.state.item?.id ?? null;
    if (!this.#together.do({ type: "move", itemId, after })) this.#live.link.wish({ type: "move", itemId, after });
  }

  setShuffle(on: boolean): void {
    if (this.#together.shown === null) this.#live.link.wish({ type: "shuffle", on });
  }

  setRepeat(repeat: SessionRepeat): void {
    if (this.#together.shown === null) this.#live.link.wish({ type: "repeat", repeat });
  }

  setPrivate(on: boolean): void {
    this.#live.link.wish({ type: "private", on });
  }

  /** Of the device that plays. */
  setVolume(volume: number): void {
    if (this.#together.shown === null) this.#live.link.setVolume(volume);
    else this.#player.setVolume(volume);
  }

  setQuality(quality: Quality): void {
    this.#player.setQuality(quality);
  }

  setNormalised(normalised: boolean): void {
    this.#player.setNormalised(normalised);
  }

  /** The music goes on there; here, it begins to play if it stood still. */
  transfer(deviceId: string): void {
    const { link } = this.#live;
    const stood = link.copy.playback?.isPlaying === false && deviceId === link.device.deviceId;
    link.wish({ type: "transfer", target: deviceId });
    if (stood) link.wish({ type: "resume" });
  }

  #add(tracks: readonly Track[], isNext: boolean): void {
    const trackIds = tracks.slice(0, mostTracks).map(({ id }) => id);
    this.#live.tracks.put(tracks);
    if (this.#together.do({ type: "queue", trackIds, ...(isNext ? { after: this.state.item?.id ?? null } : {}) })) return;
    const isFirst = this.#live.link.copy.queue.length === 0;
    if (isFirst) this.play(tracks);
    else this.#live.link.wish({ type: isNext ? "playNext" : "enqueue", trackIds });
  }

  /** Items with their tracks, the same array as long as nothing has changed. */
  #items(listed: readonly { readonly itemId: string; readonly trackId: string }[]): readonly QueueItem[] {
    const { tracks } = this.#live;
    const { version } = tracks;
    if (this.#built.listed === listed && this.#built.version === version) return this.#built.items;
    const items = listed.map(({ itemId, trackId }) => ({ id: itemId, track: tracks.get(trackId) }));
    this.#built = { listed, version, items };
    return items;
  }

  /** Has the titles of what is shown fetched, the next ones first. */
  fetchTitles(): void {
    const { queue, index } = this.state;
    const from = Math.max(0, index);
    this.#live.tracks.need([...queue.slice(from, from + 200), ...queue.slice(Math.max(0, from - 20), from)].map(({ track }) => track.id));
  }
}
