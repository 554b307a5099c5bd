/**
 * The group actor: what each call does to a group. Pure; the service (group.service.ts) makes codes and links, looks tracks up
 * and keeps the table.
 *
 *   command                    who                     event
 *   begin                      the service's own call  began: by its host, who has started it
 *   revive                     the service's own call  revived: this memory knew nothing, the table did
 *   admit {listenOnly}         who has shown the code  joined
 *   leave                      in it                   left, ended
 *   here                       in it                   heard, now and then
 *   restore {queue, ...}       the host; a member      restored: once after the state was lost
 *                              when the host is away
 *   command {type}
 *     play pause seek next     members, or the host    played
 *     previous jump            alone
 *     queue remove move        the same                queued, removed, moved
 *     handOver control kick    host                    handedOver, controlled, left
 *     end                      host                    ended
 *
 * Time carries a group on by itself: to the next track at the end of one, and away from who is silent for 5 minutes.
 */
import type { ActorType, Command, Query, Turn } from "../runtime/definition.ts";
import {
  applyEvent, checkQueue, controlled, demandControl, demandHost, demandIn, dueAt, elapsed, emptyState, forgive, gone, GroupRefused, isControl, joined, limits, notAMember, packState, placeAt, playbackOf,
  positionAt, stateVersion, unknown, unpackState, viewOf,
} from "./model/index.ts";
import type { Control, ControlName, Controls, GroupEvent, GroupState, GroupView, Item, Kept, Place } from "./model/index.ts";

export interface OpIdParams {
  readonly opId: string;
}
export interface Playing {
  readonly queue: readonly Item[];
  readonly index: number;
  readonly positionMs: number;
  readonly isPlaying: boolean;
}
export interface BeginParams extends OpIdParams, Playing, Omit<Kept, "hostId" | "kicked"> {
  readonly control: Control;
}
export interface AdmitParams extends OpIdParams {
  readonly listenOnly: boolean;
}
export interface HereParams {
  /** What the caller hears. */
  readonly itemId?: string;
  readonly positionMs?: number;
}
export interface RestoreParams extends OpIdParams, Playing {
  readonly control: Control;
  /** When it was at `positionMs`, ms since 1970. */
  readonly at: number;
}
export interface CommandParams extends OpIdParams, Controls {
  readonly type: ControlName | "handOver" | "control" | "kick" | "end";
  readonly userId?: string;
  readonly control?: Control;
}

/** Answer of a command: where the group is. */
export interface PlaceReply extends Place {
  readonly n: number;
}
export interface HereReply {
  /** What it played was lost; `isMember` false: come again by the code. */
  readonly isNew: boolean;
  readonly isMember: boolean;
  /** Number of the last change: a view of a lower one is old. */
  readonly n: number;
  /** How far the caller is from the group, as exact as the way here was short; null when it does not say or hears something else. */
  readonly offMs: number | null;
}
export interface MayReply {
  readonly read: boolean;
}
/** What somebody sees who has the code and is not in it. */
export interface PeekReply {
  readonly hostId: string;
  readonly hostName: string | null;
  readonly memberCount: number;
  readonly listenerCount: number;
}

type Do<Params> = Command<GroupState, Params, GroupEvent>;
type Ask<Params> = Query<GroupState, Params>;

/** Actions are for accounts: there is one. */
function userOf(turn: Turn): { readonly id: string; readonly username: string } {
  const { user } = turn.meta as { user?: { id: string; username: string } };
  if (user === undefined) throw new GroupRefused("NOT_ALLOWED", "Log in to do this.");
  return user;
}

/** A command of one event at most. One that happened before is answered as then. */
function once<Params extends OpIdParams>(decide: (state: GroupState, params: Params, turn: Turn) => GroupEvent | undefined, replyOf: (state: GroupState, event: GroupEvent | undefined, turn: Turn) => unknown): Do<Params> {
  return (state, params, turn, earlier) => {
    const before = earlier(params.opId);
    if (before !== undefined) return { events: [], reply: before.reply };
    const event = decide(state, params, turn);
    const reply = replyOf(state, event, turn);
    return { events: event === undefined ? [] : [{ opId: params.opId, event, reply }], reply };
  };
}

const numbered = (_state: GroupState, event: GroupEvent | undefined, turn: Turn) => ({ n: turn.version + (event === undefined ? 0 : 1) });

function placed(state: GroupState, event: GroupEvent | undefined, turn: Turn): PlaceReply {
  const { index, playback } = event !== undefined && "playback" in event ? event : placeAt(state.queue, state, turn.now);
  return { ...numbered(state, event, turn), index, playback };
}

/** Playing goes on from `positionMs` at `at`; there may be nothing to play. */
function placeOf({ queue, index, positionMs, isPlaying }: Playing, at: number): Place {
  const item = queue[index];
  if (item === undefined) return { index: queue.length, playback: null };
  return { index, playback: playbackOf(item, Math.min(positionMs, item.durationMs), at, isPlaying) };
}

const begin: Do<BeginParams> = once((state, params, turn) => {
  const { id, username } = userOf(turn);
  if (state.life !== "unknown") {
    if (state.hostId === id || state.members.has(id)) return undefined;
    throw new GroupRefused("CONFLICT", "There is a group with this id.");
  }
  const { code, tokenHash, startedAt, control, queue, isPlaying } = params;
  checkQueue(queue);
  return { type: "began", code, tokenHash, hostId: id, username, startedAt, control, queue, ...placeOf(params, isPlaying ? turn.now + limits.startAheadMs : turn.now) };
}, numbered);

const revive: Do<Kept & OpIdParams> = once((state, { code, tokenHash, hostId, startedAt, kicked }, turn) => {
  if (state.life !== "unknown") return undefined;
  return { type: "revived", code, tokenHash, hostId, startedAt, kicked, awaitedUntil: turn.now + limits.silentMs };
}, numbered);

const admit: Do<AdmitParams> = once((state, { listenOnly }, turn) => {
  const { id, username } = userOf(turn);
  return joined(state, id, username, listenOnly);
}, numbered);

const leave: Do<OpIdParams> = once((state, _params, turn) => {
  const { id } = userOf(turn);
  demandIn(state, id);
  return gone(state, [id]);
}, numbered);

const here: Do<HereParams> = (state, { itemId, positionMs }, turn) => {
  const { id } = userOf(turn);
  if (state.life === "lives" && state.isNew && !state.members.has(id) && !state.listeners.has(id)) return { events: [], reply: { isNew: true, isMember: false, n: state.shownAt, offMs: null } satisfies HereReply };
  const heardAt = demandIn(state, id);
  const { playback } = placeAt(state.queue, state, turn.now);
  const offMs = positionMs === undefined || playback === null || itemId !== playback.itemId ? null : positionMs - positionAt(playback, turn.now);
  const reply: HereReply = { isNew: state.isNew, isMember: true, n: state.shownAt, offMs };
  if (turn.now - heardAt < limits.noteAfterMs) return { events: [], reply };
  return { events: [{ opId: `here-${id}`, event: { type: "heard", userId: id } }], reply };
};

const restore: Do<RestoreParams> = once((state, params, turn) => {
  const { id } = userOf(turn);
  demandIn(state, id);
  if (!state.isNew) throw new GroupRefused("NOT_LOST", "The group knows what it plays.");
  const isHost = id === state.hostId;
  const revivedAt = (state.awaitedUntil ?? turn.now) - limits.silentMs;
  if (!isHost && (state.members.has(state.hostId) || !state.members.has(id) || turn.now < revivedAt + limits.hostRestoresMs)) throw new GroupRefused("NOT_ALLOWED", "The host gives back what was played, or a member when the host is away.");
  const { queue, control, at } = params;
  checkQueue(queue);
  // Nobody starts further ahead than a common start, nor before the group did.
  const place = placeOf(params, Math.min(Math.max(at, state.startedAt), turn.now + limits.startAheadMs));
  return { type: "restored", control: isHost ? control : state.control, queue, ...placeAt(queue, place, turn.now) };
}, placed);

const command: Do<CommandParams> = once((state, params, turn) => {
  const { id } = userOf(turn);
  const { type } = params;
  if (isControl(type)) {
    demandControl(state, id);
    const event = controlled(state, type, params, turn.now);
    return event;
  }
  demandHost(state, id);
  switch (type) {
    case "handOver":
      if (params.userId === id) return undefined;
      if (params.userId === undefined || !state.members.has(params.userId)) throw new GroupRefused("NOT_A_MEMBER", "There is no such member to hand the group to.");
      return { type: "handedOver", hostId: params.userId };
    case "control":
      return params.control === undefined || params.control === state.control ? undefined : { type: "controlled", control: params.control };
    case "kick":
      if (params.userId === undefined || params.userId === id) throw new GroupRefused("INVALID_INPUT", "Say whom; the host leaves or ends the group.", { field: "userId" });
      if (!state.members.has(params.userId) && !state.listeners.has(params.userId)) throw new GroupRefused("NOT_A_MEMBER", "There is no such member.");
      return gone(state, [params.userId], true);
    case "end":
      return { type: "ended" };
    default:
      return unheardOf(type);
  }
}, placed);

const isIn = ({ members, listeners }: GroupState, userId: string | undefined): boolean => userId !== undefined && (members.has(userId) || listeners.has(userId));

/** The service adds the epoch, and makes the link of what is kept of it. */
const get: Ask<unknown> = (state, _params, turn): Omit<GroupView, "epoch"> & { readonly tokenHash: string } => {
  if (state.life === "unknown") throw unknown();
  demandIn(state, userOf(turn).id);
  return { ...viewOf(state, { groupId: turn.key, n: turn.version, now: turn.now, queue: true }), tokenHash: state.tokenHash };
};

/** Also of a group that has ended: who was in it hears so. */
const may: Ask<unknown> = (state, _params, turn): MayReply => {
  if (state.life === "unknown") throw unknown();
  return { read: isIn(state, (turn.meta as { user?: { id: string } } | undefined)?.user?.id) };
};

const peek: Ask<unknown> = (state): PeekReply => {
  if (state.life === "unknown") throw unknown();
  if (state.life === "ended") throw notAMember();
  const { hostId, members, listeners } = state;
  return { hostId, hostName: members.get(hostId)?.username ?? null, memberCount: members.size, listenerCount: listeners.size };
};

function unheardOf(type: never): never {
  throw new GroupRefused("INVALID_INPUT", `There is no ${String(type)}.`, { field: "type" });
}

export const groupActor: ActorType<GroupState, GroupEvent> = {
  type: "group",
  empty: emptyState,
  apply: applyEvent,
  pack: packState,
  unpack: unpackState,
  eventVersion: 1,
  stateVersion,
  commands: { begin, revive, admit, leave, here, restore, command },
  queries: { get, may, peek },
  soft: { dueAt, elapsed: (state, turn) => elapsed(state, turn.now), isPassing: ({ type }) => type === "heard", revived: forgive },
};
