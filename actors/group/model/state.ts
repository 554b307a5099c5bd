/** What a group is, what happens to it, and how the one follows from the other. Pure. */
import { limits } from "./limits.ts";
import type { Item, Place, Playback } from "./time.ts";

export type Control = "everyone" | "host";

export interface Member {
  readonly username: string;
  /** When he was last heard of, ms since 1970. */
  heardAt: number;
}

/** What is kept of a group besides: the table's row. */
export interface Kept {
  readonly code: string;
  /** Hash of the link's secret. */
  readonly tokenHash: string;
  readonly hostId: string;
  /** Ms since 1970. */
  readonly startedAt: number;
  /** Accounts that may not come back. */
  readonly kicked: readonly string[];
}

export interface GroupState extends Place {
  /** "unknown": this memory has heard nothing of it; the table may. */
  life: "unknown" | "lives" | "ended";
  /** Its state was lost: who is in it and what it plays is not known until somebody gives it back or plays something. */
  isNew: boolean;
  code: string;
  tokenHash: string;
  hostId: string;
  control: Control;
  startedAt: number;
  /** Until then who was in a lost group may come back, the host above all; null: nobody is waited for. */
  awaitedUntil: number | null;
  /** In the order in which they came. */
  readonly members: Map<string, Member>;
  /** When each was last heard of. */
  readonly listeners: Map<string, number>;
  kicked: readonly string[];
  queue: readonly Item[];
  /** Another number for each other queue, also over a loss of the state. */
  queueVersion: number;
  index: number;
  playback: Playback | null;
  /** Number of the last event that others are told of. */
  shownAt: number;
}

export type GroupEvent =
  | ({ readonly type: "began"; readonly username: string; readonly control: Control; readonly queue: readonly Item[] } & Omit<Kept, "kicked"> & Place)
  | ({ readonly type: "revived"; readonly awaitedUntil: number } & Kept)
  | ({ readonly type: "restored"; readonly control: Control; readonly queue: readonly Item[] } & Place)
  | { readonly type: "joined"; readonly userId: string; readonly username: string; readonly listenOnly: boolean }
  /** `hostId`: who is host then. `kicked`: they may not come back. `isQuiet`: they only listened. */
  | { readonly type: "left"; readonly userIds: readonly string[]; readonly hostId: string; readonly kicked?: true; readonly isQuiet?: true }
  | { readonly type: "heard"; readonly userId: string }
  | { readonly type: "handedOver"; readonly hostId: string }
  | { readonly type: "controlled"; readonly control: Control }
  | ({ readonly type: "queued"; readonly before: number; readonly items: readonly Item[] } & Place)
  | ({ readonly type: "removed"; readonly itemIds: readonly string[] } & Place)
  | ({ readonly type: "moved"; readonly itemId: string; readonly to: number } & Place)
  | ({ readonly type: "played" } & Place)
  | { readonly type: "ended" };

export function emptyState(): GroupState {
  return {
    life: "unknown", isNew: false, code: "", tokenHash: "", hostId: "", control: "everyone", startedAt: 0, awaitedUntil: null,
    members: new Map(), listeners: new Map(), kicked: [], queue: [], queueVersion: 0, index: 0, playback: null, shownAt: 0,
  };
}

export function applyEvent(state: GroupState, event: GroupEvent, at: number, seq: number): void {
  if (event.type !== "heard") state.shownAt = seq;
  switch (event.type) {
    case "began":
      Object.assign(state, { life: "lives", isNew: false, code: event.code, tokenHash: event.tokenHash, hostId: event.hostId, control: event.control, startedAt: event.startedAt });
      state.members.set(event.hostId, { username: event.username, heardAt: at });
      return put(state, event.queue, event, at);
    case "revived":
      Object.assign(state, { life: "lives", isNew: true, code: event.code, tokenHash: event.tokenHash, hostId: event.hostId, startedAt: event.startedAt, kicked: event.kicked, awaitedUntil: event.awaitedUntil });
      state.queueVersion = at;
      return;
    case "restored":
      state.control = event.control;
      return put(state, event.queue, event, at);
    case "joined": {
      state.members.delete(event.userId);
      state.listeners.delete(event.userId);
      if (event.listenOnly) state.listeners.set(event.userId, at);
      else state.members.set(event.userId, { username: event.username, heardAt: at });
      if (event.userId === state.hostId) state.awaitedUntil = null;
      return;
    }
    case "left":
      for (const userId of event.userIds) {
        state.members.delete(userId);
        state.listeners.delete(userId);
      }
      if (event.kicked === true) state.kicked = [...state.kicked, ...event.userIds].slice(-limits.kicked);
      state.hostId = event.hostId;
      if (state.awaitedUntil !== null && state.awaitedUntil <= at) state.awaitedUntil = null;
      return;
    case "heard": {
      const member = state.members.get(event.userId);
      if (member !== undefined) member.heardAt = at;
      else if (state.listeners.has(event.userId)) state.listeners.set(event.userId, at);
      return;
    }
    case "handedOver":
      state.hostId = event.hostId;
      return;
    case "controlled":
      state.control = event.control;
      return;
    case "queued":
      return put(state, state.queue.toSpliced(event.before, 0, ...event.items), event, at);
    case "removed": {
      const gone = new Set(event.itemIds);
      return put(state, state.queue.filter(({ itemId }) => !gone.has(itemId)), event, at);
    }
    case "moved":
      return put(state, moved(state.queue, event.itemId, event.to), event, at);
    case "played":
      return go(state, event);
    case "ended":
      state.life = "ended";
      state.playback = null;
      return;
    default:
      return unheardOf(event);
  }
}

/** What nobody could say while the state was on its way to another node counts against nobody. */
export function forgive(state: GroupState, now: number): void {
  for (const member of state.members.values()) member.heardAt = now;
  for (const userId of state.listeners.keys()) state.listeners.set(userId, now);
}

/** `queue` with the item of this id at index `to` of what is left without it. */
export function moved(queue: readonly Item[], itemId: string, to: number): readonly Item[] {
  const item = queue.find((one) => one.itemId === itemId);
  return item === undefined ? queue : queue.filter((one) => one !== item).toSpliced(to, 0, item);
}

function put(state: GroupState, queue: readonly Item[], place: Place, at: number): void {
  state.queue = queue;
  state.queueVersion = Math.max(state.queueVersion + 1, at);
  go(state, place);
}

function go(state: GroupState, { index, playback }: Place): void {
  state.isNew = false;
  state.index = index;
  state.playback = playback;
}

function unheardOf(event: never): never {
  throw new Error(`no such event: ${JSON.stringify(event)}`);
}
