/**
 * The playlist actor: what each call does to a playlist. Pure; the service (playlist.service.ts) validates the shape of
 * parameters, makes tokens and tells the world.
 *
 *   command                          who    event
 *   create                           any    create
 *   apply {ops}                      edit   add, remove, move; rename, describe, setPublic, setCollaborative: own
 *   update {name?, ...}              own    update
 *   remove                           own    delete
 *   addCollaborator {userId}         own    addCollaborator
 *   removeCollaborator {userId}      own    removeCollaborator; collaborators may remove themselves
 *   share {tokenHash, expiresAt}     own    share
 *   revokeShare {tokenHash}          own    revokeShare
 *   join {tokenHash}                 any    join
 *   follow, unfollow                 read   follow, unfollow
 *   undo                             edit   undo: one's own last edit, once
 *   compact                          -      compact: the service's own call, when `apply` says so
 *
 * Each command takes an `opId`; one that happened before is answered as then, and not decided again. Refusals are
 * PlaylistRefused. What changes nothing makes no event.
 */
import type { ActorType, Command, Query, Turn } from "../runtime/definition.ts";
import { checkMeta, compactionId, demand, emptyState, applyEvent, applyOps, limits, may, notFound, packState, PlaylistRefused, stateVersion, undoEvent, unpackState, viewOf, wantsCompaction } from "./model/index.ts";
import type { Clock, May, Meta, Op, OpResult, PlaylistEvent, PlaylistState, PlaylistView } from "./model/index.ts";

export interface CreateParams extends Partial<Meta> {
  readonly opId: string;
  readonly name: string;
}
export interface ApplyParams {
  /** At most `limits.opsPerCall`. They are decided in order; one that is refused does not keep the others from being applied. */
  readonly ops: readonly Op[];
  /** For ops that have none of their own. */
  readonly clock?: Clock | undefined;
  readonly device?: string | undefined;
}
export interface UpdateParams extends Partial<Meta> {
  readonly opId: string;
}
export interface OpIdParams {
  readonly opId: string;
}
export interface CollaboratorParams {
  readonly opId: string;
  readonly userId: string;
}
export interface LinkParams {
  readonly opId: string;
  /** Hash of the link's token; the token itself is never stored. */
  readonly tokenHash: string;
}
export interface ShareParams extends LinkParams {
  /** Ms since 1970; at most `limits.shareMs` from now. */
  readonly expiresAt: number;
}
/** `compact` needs none: doing it twice is doing it once. */
export type CompactParams = Readonly<Record<string, unknown>>;
export interface GetParams {
  /** False: without the items. */
  readonly items?: boolean | undefined;
}

export interface ApplyReply {
  /** Number of the playlist's last event. */
  readonly version: number;
  readonly results: readonly OpResult[];
  /** Positions have come close together: call `compact` soon. Not for clients. */
  readonly compact?: true;
}
export interface VersionReply {
  readonly version: number;
}
export interface ShareReply extends VersionReply {
  readonly expiresAt: number;
}
export interface CompactReply extends VersionReply {
  readonly compacted: boolean;
}
export interface UndoReply extends VersionReply {
  /** Version of the edit that was taken back. */
  readonly of: number;
}
/** Answer of `get`. */
export type GetReply = PlaylistView;
/** Answer of `may`: never refused. */
export type MayReply = May;

type Do<Params> = Command<PlaylistState, Params, PlaylistEvent>;
type Ask<Params> = Query<PlaylistState, Params>;

/** Who asks; undefined: somebody who is not logged in. */
const userOf = (turn: Turn): string | undefined => (turn.meta as { user?: { id?: string } } | undefined)?.user?.id;
const rightsOf = (state: PlaylistState, turn: Turn): May => may(state.access, state.list.meta, userOf(turn));

function userWho(state: PlaylistState, turn: Turn, right: "read" | "edit" | "own"): string {
  demand(rightsOf(state, turn), right);
  return userOf(turn) ?? refuse("FORBIDDEN", "Log in to do this.");
}

function refuse(...why: ConstructorParameters<typeof PlaylistRefused>): never {
  throw new PlaylistRefused(...why);
}

/** A command that makes one event, or none when there is nothing to change. `reply`: besides the version; must follow from the event. */
function once<Params extends OpIdParams>(decide: (state: PlaylistState, params: Params, turn: Turn) => { readonly event?: PlaylistEvent; readonly reply?: object }): Do<Params> {
  return (state, params, turn, earlier) => {
    const before = earlier(params.opId);
    if (before !== undefined) return { events: [], reply: { ...(before.reply as object | undefined), version: before.seq } };
    const { event, reply } = decide(state, params, turn);
    if (event === undefined) return { events: [], reply: { ...reply, version: turn.version } };
    return { events: [{ opId: params.opId, event, ...(reply === undefined ? {} : { reply }) }], reply: { ...reply, version: turn.version + 1 } };
  };
}

const create: Do<CreateParams> = once((state, params, turn) => {
  const by = userOf(turn) ?? refuse("FORBIDDEN", "Log in to make a playlist.");
  if (state.access.life !== "never") refuse("CONFLICT", "There is or was a playlist with this id.");
  checkMeta(params);
  const { opId, name, description = "", public: isPublic = false, collaborative = false } = params;
  return { event: { type: "create", opId, by, name, description, public: isPublic, collaborative } };
});

const apply: Do<ApplyParams> = (state, params, turn, earlier) => {
  const rights = rightsOf(state, turn);
  demand(rights, "read");
  const by = userOf(turn) ?? refuse("FORBIDDEN", "Log in to do this.");
  if (params.ops.length > limits.opsPerCall) refuse("LIMIT", `A call takes at most ${limits.opsPerCall} ops.`, { limit: limits.opsPerCall });
  const { events, results } = applyOps(state, params, { by, rights, now: turn.now, version: turn.version, earlier });
  const reply: ApplyReply = { version: turn.version + events.length, results, ...(wantsCompaction(state) ? { compact: true } : {}) };
  return { events, reply };
};

const update: Do<UpdateParams> = once((state, params, turn) => {
  const by = userWho(state, turn, "own");
  checkMeta(params);
  const { meta } = state.list;
  const changed: Partial<Meta> = {
    ...(params.name === undefined || params.name === meta.name ? {} : { name: params.name }),
    ...(params.description === undefined || params.description === meta.description ? {} : { description: params.description }),
    ...(params.public === undefined || params.public === meta.public ? {} : { public: params.public }),
    ...(params.collaborative === undefined || params.collaborative === meta.collaborative ? {} : { collaborative: params.collaborative }),
  };
  if (Object.keys(changed).length === 0) return {};
  return { event: { type: "update", opId: params.opId, by, ...changed } };
});

const remove: Do<OpIdParams> = once((state, _params, turn) => ({ event: { type: "delete", by: userWho(state, turn, "own") } }));

const addCollaborator: Do<CollaboratorParams> = once((state, { userId }, turn) => {
  const by = userWho(state, turn, "own");
  const { ownerId, collaborators } = state.access;
  if (userId === ownerId || collaborators.has(userId)) return {};
  if (collaborators.size >= limits.collaborators) refuse("LIMIT", `A playlist has at most ${limits.collaborators} collaborators.`, { limit: limits.collaborators });
  return { event: { type: "addCollaborator", by, userId } };
});

const removeCollaborator: Do<CollaboratorParams> = once((state, { userId }, turn) => {
  const by = userWho(state, turn, userId === userOf(turn) ? "read" : "own");
  const { collaborators, joined } = state.access;
  if (!collaborators.has(userId) && !joined.has(userId)) return {};
  return { event: { type: "removeCollaborator", by, userId } };
});

const share: Do<ShareParams> = once((state, { tokenHash, expiresAt }, turn) => {
  const by = userWho(state, turn, "own");
  if (expiresAt <= turn.now || expiresAt > turn.now + limits.shareMs) refuse("INVALID_INPUT", "A link ends in the future, within a year.", { field: "expiresAt" });
  const open = [...state.access.links.values()].filter((end) => end > turn.now).length;
  if (open >= limits.shareLinks) refuse("LIMIT", `A playlist has at most ${limits.shareLinks} links at one time.`, { limit: limits.shareLinks });
  return { event: { type: "share", by, tokenHash, expiresAt }, reply: { expiresAt } };
});

const revokeShare: Do<LinkParams> = once((state, { tokenHash }, turn) => {
  const by = userWho(state, turn, "own");
  return state.access.links.has(tokenHash) ? { event: { type: "revokeShare", by, tokenHash } } : {};
});

const join: Do<LinkParams> = once((state, { tokenHash }, turn) => {
  const by = userOf(turn) ?? refuse("FORBIDDEN", "Log in to do this.");
  const { access } = state;
  // One answer for a wrong token, an old one and a playlist that is not there.
  if (access.life !== "lives" || (access.links.get(tokenHash) ?? 0) <= turn.now) refuse("LINK_NOT_VALID", "This link is not valid, or not any more.");
  if (by === access.ownerId || access.joined.has(by)) return {};
  if (access.joined.size >= limits.joined) refuse("LIMIT", `A playlist has at most ${limits.joined} people who came by a link.`, { limit: limits.joined });
  return { event: { type: "join", by } };
});

const follow: Do<OpIdParams> = once((state, _params, turn) => ({ event: { type: "follow", by: userWho(state, turn, "read") } }));
const unfollow: Do<OpIdParams> = once((state, _params, turn) => ({ event: { type: "unfollow", by: userWho(state, turn, "read") } }));

const undo: Do<OpIdParams> = once((state, { opId }, turn) => {
  const by = userWho(state, turn, "edit");
  const event = undoEvent(state.list, state.lastEdits, { opId, by, rights: rightsOf(state, turn) });
  return { event, reply: { of: event.of } };
});

const compact: Do<CompactParams> = (state, _params, turn) => {
  if (state.access.life !== "lives") throw notFound();
  if (!wantsCompaction(state)) return { events: [], reply: { version: turn.version, compacted: false } };
  return { events: [{ opId: compactionId(turn.version + 1), event: { type: "compact" } }], reply: { version: turn.version + 1, compacted: true } };
};

const get: Ask<GetParams> = (state, { items = true }, turn): PlaylistView => {
  const rights = rightsOf(state, turn);
  demand(rights, "read");
  return viewOf(state, { id: turn.key, version: turn.version, rights, items });
};

const mayQuery: Ask<unknown> = (state, _params, turn): May => rightsOf(state, turn);

export const playlistActor: ActorType<PlaylistState, PlaylistEvent> = {
  type: "playlist",
  empty: emptyState,
  apply: applyEvent,
  pack: packState,
  unpack: unpackState,
  eventVersion: 1,
  stateVersion,
  commands: { create, apply, update, remove, addCollaborator, removeCollaborator, share, revokeShare, join, follow, unfollow, undo, compact },
  queries: { get, may: mayQuery },
};
