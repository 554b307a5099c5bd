/**
 * From events to lines of lists: what a playlist's row and its members' rows say after an event. Pure.
 *
 * A row holds the number of its last event; an event that is in it already changes nothing.
 */
import type { CommittedEvent } from "../runtime/index.ts";
import type { PlaylistEvent } from "./model/events.ts";

export interface Row {
  readonly id: string;
  readonly ownerId: string;
  readonly name: string;
  readonly description: string;
  readonly public: boolean;
  readonly collaborative: boolean;
  readonly itemCount: number;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly deleted: boolean;
}

export interface Member {
  readonly owns: boolean;
  readonly collaborates: boolean;
  readonly joined: boolean;
  readonly follows: boolean;
  readonly since: Date;
}

/** A change of one user's part in a playlist; `undefined`: of everybody, all parts end. */
interface MemberChange {
  readonly userId: string | undefined;
  readonly change: Partial<Omit<Member, "since">>;
}

export const emptyRow = (id: string): Row => ({
  id, ownerId: "", name: "", description: "", public: false, collaborative: false, itemCount: 0, version: 0, createdAt: new Date(0), updatedAt: new Date(0), deleted: false,
});

/** An edit made offline may remove what was removed already: how many items are left, only the state knows. */
export const needsState = (event: PlaylistEvent): boolean => event.type === "remove" && event.stamp !== undefined;

/** The row after the event with the next number. */
export function foldRow(row: Row, { seq, at, event }: CommittedEvent<PlaylistEvent>): Row {
  const next = { ...row, version: seq };
  const updatedAt = new Date(at);
  switch (event.type) {
    case "create": {
      const { by, name, description, public: isPublic, collaborative } = event;
      return { ...next, ownerId: by, name, description, public: isPublic, collaborative, createdAt: updatedAt, updatedAt };
    }
    case "delete":
      return { ...next, deleted: true, updatedAt };
    case "add":
      return { ...next, itemCount: row.itemCount + event.items.length, updatedAt };
    case "remove":
      return { ...next, itemCount: row.itemCount - event.itemIds.length, updatedAt };
    case "move":
      return { ...next, updatedAt };
    case "rename":
    case "describe":
    case "setPublic":
    case "setCollaborative":
    case "update":
    case "undo": {
      const { name = row.name, description = row.description, public: isPublic = row.public, collaborative = row.collaborative } = event;
      const items = event.type === "undo" ? (event.restored?.length ?? 0) - (event.removed?.length ?? 0) : 0;
      return { ...next, name, description, public: isPublic, collaborative, itemCount: row.itemCount + items, updatedAt };
    }
    case "compact":
    case "addCollaborator":
    case "removeCollaborator":
    case "share":
    case "revokeShare":
    case "join":
    case "follow":
    case "unfollow":
      return next;
    default:
      return unknownEvent(event);
  }
}

/** Edits of items that follow each other, added up: what a row needs to know of them. */
export interface Sum {
  /** Numbers of the first and the last event. */
  readonly first: number;
  readonly last: number;
  /** How many items there are more. */
  readonly items: number;
  /** When the last one happened, ms since 1970. */
  readonly at: number;
}

/** The sum with the event that follows it; undefined when a row needs more than a sum to know that event. */
export function addUp(sum: Sum | undefined, { seq, at, event }: CommittedEvent<PlaylistEvent>): Sum | undefined {
  if ((sum !== undefined && seq !== sum.last + 1) || needsState(event)) return undefined;
  const items = event.type === "add" ? event.items.length : event.type === "remove" ? -event.itemIds.length : event.type === "move" ? 0 : undefined;
  return items === undefined ? undefined : { first: sum?.first ?? seq, last: seq, items: (sum?.items ?? 0) + items, at };
}

/** What an event does to somebody's part in the playlist. */
export function memberChange(event: PlaylistEvent): MemberChange | undefined {
  if (event.type === "create") return { userId: event.by, change: { owns: true } };
  if (event.type === "delete") return { userId: undefined, change: {} };
  if (event.type === "addCollaborator") return { userId: event.userId, change: { collaborates: true } };
  if (event.type === "removeCollaborator") return { userId: event.userId, change: { collaborates: false, joined: false } };
  if (event.type === "join") return { userId: event.by, change: { joined: true } };
  if (event.type === "follow") return { userId: event.by, change: { follows: true } };
  if (event.type === "unfollow") return { userId: event.by, change: { follows: false, joined: false } };
  return undefined;
}

/** A member after a change; undefined: it has no part any more. */
export function foldMember(member: Member | undefined, change: MemberChange["change"], at: number): Member | undefined {
  const next = { owns: false, collaborates: false, joined: false, follows: false, since: new Date(at), ...member, ...change };
  return next.owns || next.collaborates || next.joined || next.follows ? next : undefined;
}

function unknownEvent(event: never): never {
  throw new Error(`no row follows from ${JSON.stringify(event)}`);
}
