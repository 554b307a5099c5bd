/** One playlist actor in this process, as the runtime would run it: decide, apply, journal, memory of operations. Time stands still unless it is moved. */
import type { Earlier } from "../../runtime/definition.ts";
import { playlistActor, type ApplyReply } from "../actor.ts";
import { publicEvent, type Op, type OpResult, type PlaylistEvent, type PlaylistState, type PlaylistView, type PublicEvent } from "../model/index.ts";

export interface Journalled {
  readonly seq: number;
  readonly opId: string;
  readonly at: number;
  readonly event: PlaylistEvent;
}

export class Playlist {
  readonly id = "p1";
  readonly journal: Journalled[] = [];
  state: PlaylistState = playlistActor.empty("p1");
  now = Date.UTC(2026, 0, 1);
  readonly #operations = new Map<string, Earlier>();
  #ops = 0;

  get version(): number {
    return this.journal.length;
  }

  /** Calls a command or query as `user` (null: nobody who is logged in). An opId is made up where there is none. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows what the method that it names answers
  call<Reply = unknown>(method: string, params: object = {}, user: string | null = "owner"): Reply {
    const turn = { now: this.now, meta: user === null ? {} : { user: { id: user } }, key: this.id, version: this.version };
    const query = playlistActor.queries[method];
    if (query !== undefined) return query(this.state, params, turn) as Reply;
    const command = playlistActor.commands[method];
    if (command === undefined) throw new Error(`no ${method}`);
    const { events, reply } = command(this.state, { opId: `made-up-${++this.#ops}`, ...params }, turn, (opId) => this.#operations.get(opId));
    for (const { opId, event, reply: own } of events) {
      if (this.#operations.has(opId)) throw new Error(`the journal refuses ${opId}: it is there`);
      const stored = JSON.parse(JSON.stringify(event)) as PlaylistEvent;
      this.journal.push({ seq: this.version + 1, opId, at: this.now, event: stored });
      playlistActor.apply(this.state, event, this.now, this.version);
      this.#operations.set(opId, { seq: this.version, reply: own });
    }
    return reply as Reply;
  }

  /** Applies one op. */
  op(op: { readonly type: Op["type"]; readonly opId?: string } & Record<string, unknown>, user?: string | null): OpResult {
    const { results } = this.call<ApplyReply>("apply", { ops: [{ opId: `op-${++this.#ops}`, ...op }] }, user);
    return results[0] as OpResult;
  }

  get view(): PlaylistView {
    return this.call("get");
  }

  get items(): NonNullable<PlaylistView["items"]> {
    return this.view.items ?? [];
  }

  /** Ids of the items in order. */
  get ids(): string[] {
    return this.items.map(({ itemId }) => itemId);
  }

  /** What readers were told since `version`. */
  told(since: number): PublicEvent[] {
    return this.journal.slice(since).map(({ event, seq, opId, at }) => publicEvent(event, seq, opId, at));
  }

  /** The journal folded from the beginning. */
  replayed(): PlaylistState {
    const state = playlistActor.empty(this.id);
    for (const { event, at, seq } of this.journal) playlistActor.apply(state, event, at, seq);
    return state;
  }

  /** Through the bytes of an idle actor and back. */
  passivate(): string {
    const packed = JSON.stringify(playlistActor.pack(this.state));
    this.state = playlistActor.unpack(JSON.parse(packed), playlistActor.stateVersion);
    return packed;
  }
}

/** One that was made, with items "a", "b", ... of tracks "t-a", "t-b", ... */
export function made(items: string = "", options: { readonly name?: string; readonly public?: boolean; readonly collaborative?: boolean } = {}): Playlist {
  const playlist = new Playlist();
  playlist.call("create", { opId: "create", name: "Mix", ...options });
  for (const itemId of items) playlist.op({ type: "add", opId: `add-${itemId}`, itemId, trackId: `t-${itemId}` });
  return playlist;
}
