/**
 * Listening together, as the page does it: start, join, leave; while it lasts the group decides what this page plays, and the
 * session's player is held. A page that is loaded anew finds its group by the session.
 */
import { GroupSync, newOpId, phaseOf, placeAt, positionAt, Stay, type ApiClient, type Group, type GroupCommand, type GroupItem, type GroupKey, type GroupPlayer, type LiveView, type PlayerState, type Seen, type SyncState } from "../../../client/index.ts";
import { sentence } from "./context.ts";
import type { Live } from "./live.ts";

export interface ShownGroup {
  readonly items: readonly GroupItem[];
  readonly index: number;
  readonly status: "idle" | "playing" | "paused" | "loading";
  readonly mayControl: boolean;
}

export interface TogetherOptions {
  readonly api: ApiClient;
  readonly live: Live;
  readonly player: GroupPlayer;
  /** What the page's player does. */
  readonly playing: () => Pick<PlayerState, "item" | "status" | "playbackId">;
  readonly changed: () => void;
  readonly toast: (text: string) => void;
}

const storedGroup = "ensemble.group";
/** Tracks that a call to a group may name. */
const groupTracks = 100;
const checkMs = 1_000;

export class Together {
  readonly #options: TogetherOptions;
  #group: Group | null = null;
  #watch: LiveView<Group> | null = null;
  #sync: GroupSync | null = null;
  #stay: Stay | null = null;
  #checking: ReturnType<typeof setInterval> | undefined;
  #itemId: string | undefined;
  #synced: SyncState = { status: "idle", offMs: null };
  /** The browser forbids sound until somebody touches the page. */
  #isMute = false;
  #listenOnly = false;

  constructor(options: TogetherOptions) {
    this.#options = options;
  }

  get group(): Group | null {
    return this.#group;
  }

  get listensOnly(): boolean {
    return this.#listenOnly;
  }

  get isHost(): boolean {
    return this.#group !== null && this.#group.hostId === this.#options.api.account?.id;
  }

  get synced(): SyncState {
    return this.#synced;
  }

  /** It sounds when somebody has pressed something. */
  get isMute(): boolean {
    return this.#isMute;
  }

  get shown(): ShownGroup | null {
    const group = this.#group;
    if (group === null) return null;
    const { index, playback } = placeAt(group.queue, group, this.#now());
    const starts = this.#synced.status === "starting" || this.#synced.status === "waiting";
    const status = playback === null ? "idle" : !playback.isPlaying ? "paused" : starts ? "loading" : "playing";
    return { items: group.queue, index: playback === null ? -1 : index, status, mayControl: !this.#listenOnly && (this.isHost || group.control === "everyone") };
  }

  get positionMs(): number {
    if (this.#group === null) return 0;
    const now = this.#now();
    const { playback } = placeAt(this.#group.queue, this.#group, now);
    return playback === null ? 0 : positionAt(playback, now);
  }

  /** A group of one's own, with what is in the queue. Rejects with the service's refusal. */
  async start(): Promise<void> {
    const { api, live: { link } } = this.#options;
    const { queue, index, playback } = link.copy;
    const from = Math.max(0, index);
    const trackIds = queue.slice(from, from + groupTracks).map(({ trackId }) => trackId);
    const going = trackIds.length === 0 ? {} : { trackIds, index: 0, positionMs: Math.round(link.positionMs), isPlaying: playback?.isPlaying ?? false };
    this.#enter(await api.groups.start(going), false);
  }

  /** By its code. */
  async joinByCode(code: string, listenOnly: boolean): Promise<void> {
    const { groupId } = await this.#options.api.groups.find(code);
    await this.join(groupId, { code }, listenOnly);
  }

  async join(groupId: string, key: GroupKey, listenOnly: boolean): Promise<void> {
    const { api } = this.#options;
    if (this.#group !== null && this.#group.groupId !== groupId) await this.leave();
    this.#enter(await api.groups.join(groupId, key, { listenOnly }), listenOnly);
  }

  /** Comes back to the group that this page was in before it was loaded anew. */
  async resume(): Promise<void> {
    const groupId = sessionStorage.getItem(storedGroup);
    if (this.#group !== null || groupId === null) return;
    const group = await this.#options.api.groups.get(groupId).catch(() => null);
    if (group === null) sessionStorage.removeItem(storedGroup);
    if (group !== null && this.#group === null && group.life === "lives") this.#enter(group, !group.members.some(({ userId }) => userId === this.#options.api.account?.id));
  }

  async leave(): Promise<void> {
    const group = this.#group;
    if (group === null) return;
    this.#exit();
    await this.#options.api.groups.leave(group.groupId).catch(() => undefined);
  }

  /** Ends it for everybody. */
  async end(): Promise<void> {
    const group = this.#group;
    if (group === null) return;
    await this.#options.api.groups.command(group.groupId, { type: "end" });
    this.#exit();
  }

  /** Asks the group; false: there is none. What it refuses is said. */
  do(command: GroupCommand): boolean {
    const group = this.#group;
    if (group === null) return false;
    this.listen();
    this.#options.api.groups.command(group.groupId, command).catch((error: unknown) => this.#options.toast(sentence(error)));
    return true;
  }

  /** These tracks come next in the group, and the one at `index` now. */
  async play(trackIds: readonly string[], index: number): Promise<void> {
    const group = this.#group;
    if (group === null) return;
    const { api, toast } = this.#options;
    this.listen();
    const opId = newOpId();
    const given = trackIds.slice(index, index + groupTracks);
    try {
      await api.groups.command(group.groupId, { type: "queue", trackIds: given, after: group.playback?.itemId ?? null }, { opId });
      await api.groups.command(group.groupId, { type: "jump", itemId: `${opId}-0` });
    } catch (error) {
      toast(sentence(error));
    }
  }

  /** To be called in a click: from now on it may sound. */
  listen(): void {
    if (!this.#isMute || this.#group === null) return;
    this.#isMute = false;
    this.#sync?.take(this.#group);
    this.#options.changed();
  }

  close(): void {
    this.#exit();
  }

  /** What sounds here, for the session and the listening log. */
  #heard(): Seen | null {
    const { item, status, playbackId } = this.#options.playing();
    if (item === null) return null;
    return { itemId: item.id, trackId: item.track.id, playbackId, durationMs: item.track.durationMs, positionMs: this.positionMs, phase: phaseOf(status) };
  }

  #now(): number {
    return this.#options.live.clock.now() ?? Date.now();
  }

  #enter(group: Group, listenOnly: boolean): void {
    const { live, player, changed } = this.#options;
    if (this.#group !== null) this.#exit();
    this.#listenOnly = listenOnly;
    this.#isMute = !(navigator.userActivation?.hasBeenActive ?? true);
    this.#group = group;
    sessionStorage.setItem(storedGroup, group.groupId);
    live.link.hold(() => this.#heard());
    this.#sync = new GroupSync({
      player,
      clock: live.clock,
      changed: (state) => {
        this.#synced = state;
        changed();
      },
    });
    this.#stay = new Stay({
      calls: this.#options.api.groups,
      userId: this.#options.api.account?.id ?? "",
      listenOnly, group,
      heard: () => player.heard(),
      returned: (view) => {
        this.#listenTo(view.groupId);
        this.#take(view);
      },
      ended: () => this.#gone(),
    });
    this.#listenTo(group.groupId);
    this.#take(group);
    this.#checking = setInterval(() => this.#check(), checkMs);
  }

  #listenTo(groupId: string): void {
    this.#watch?.end();
    this.#watch = this.#options.live.socket.watchGroup<Group>(groupId, { onView: (view) => this.#take(view), onEnd: () => this.#stay?.look() });
  }

  #take(view: Group): void {
    if (this.#group?.groupId !== view.groupId) return;
    // A message has no link; it stays as it was. What was played and is lost stays too, until somebody has given it back.
    const { queue, index, playback, next } = this.#group;
    this.#group = { ...this.#group, ...view, ...(view.isNew ? { queue, index, playback, next } : {}) };
    this.#stay?.take(view);
    if (this.#group === null) return;
    if (!this.#isMute && !view.isNew) this.#sync?.take(this.#group);
    this.#options.changed();
  }

  #check(): void {
    if (!this.#isMute) this.#sync?.check();
    // Nobody is told of the end of a track.
    const { items, index } = this.shown ?? { items: [], index: -1 };
    if (items[index]?.itemId === this.#itemId) return;
    this.#itemId = items[index]?.itemId;
    this.#options.changed();
  }

  /** One is out of it for good: it has ended, or one was sent away. */
  #gone(): void {
    if (this.#group === null) return;
    this.#options.toast(this.#group.life === "ended" ? "The group has ended" : "You are not in the group any more");
    this.#exit();
  }

  #exit(): void {
    if (this.#group === null) return;
    clearInterval(this.#checking);
    this.#stay?.end();
    this.#stay = null;
    this.#watch?.end();
    this.#watch = null;
    this.#group = null;
    sessionStorage.removeItem(storedGroup);
    this.#sync?.stop();
    this.#sync = null;
    this.#synced = { status: "idle", offMs: null };
    this.#options.live.link.hold(null);
    this.#options.changed();
  }
}
