/** What listeners are told after a commit, and what readers of the journal are: events in the form of the public. Pure. */
import { upcast, type CommittedEvent, type StoredEvent } from "../runtime/index.ts";
import type { JournalEntry } from "../../storage/index.ts";
import { playlistActor } from "./actor.ts";
import { serviceLimits } from "./limits.ts";
import { publicEvent, type PlaylistEvent, type PublicEvent } from "./model/events.ts";

/** Message to the topic `playlist:<id>`. */
export interface PlaylistChanged {
  readonly event: "playlist.changed";
  readonly playlistId: string;
  /** Of the shard: a message of a lower one than the last comes from an owner that was replaced. */
  readonly epoch: number;
  /** Number of the last of `ops`. */
  readonly version: number;
  readonly ops: readonly PublicEvent[];
  /** Who may read or edit it changed. */
  readonly access?: "changed";
}

export const topicOf = (playlistId: string): string => `playlist:${playlistId}`;

/** About the characters of an event as JSON. */
function weightOf(event: PlaylistEvent): number {
  const text = 2 * ("description" in event ? (event.description?.length ?? 0) : 0);
  if (event.type === "add" || event.type === "move") return 300 + 140 * event.items.length;
  if (event.type === "remove") return 300 + 70 * event.itemIds.length;
  if (event.type === "undo") return 500 + 200 * ((event.removed?.length ?? 0) + (event.restored?.length ?? 0) + (event.moved?.length ?? 0)) + text;
  return 500 + text;
}

const accessEvents: ReadonlySet<PlaylistEvent["type"]> = new Set(["delete", "addCollaborator", "removeCollaborator", "join", "unfollow"]);
const metaEvents: ReadonlySet<PlaylistEvent["type"]> = new Set(["setPublic", "setCollaborative", "update", "undo"]);

/** Whether somebody may read or edit, after this event, who might not before, or the other way round. */
function changesAccess(event: PlaylistEvent): boolean {
  return accessEvents.has(event.type) || (metaEvents.has(event.type) && ("public" in event || "collaborative" in event));
}

/** The messages for a commit, each small enough for a topic. */
export function messagesFor(playlistId: string, epoch: number, events: readonly CommittedEvent<PlaylistEvent>[]): PlaylistChanged[] {
  const messages: PlaylistChanged[] = [];
  let part: CommittedEvent<PlaylistEvent>[] = [];
  let weight = 0;
  const close = () => {
    const last = part.at(-1);
    if (last === undefined) return;
    const ops = part.map(({ event, seq, opId, at }) => publicEvent(event, seq, opId, at));
    const access = part.some(({ event }) => changesAccess(event)) ? ({ access: "changed" } as const) : {};
    messages.push({ event: "playlist.changed", playlistId, epoch, version: last.seq, ops, ...access });
    part = [];
    weight = 0;
  };
  for (const event of events) {
    const own = weightOf(event.event);
    if (weight + own > serviceLimits.messageWeight) close();
    part.push(event);
    weight += own;
  }
  close();
  return messages;
}

/** Events of the journal as the current version has them. */
export function eventOf(entry: JournalEntry): CommittedEvent<PlaylistEvent> {
  const stored = entry.body as StoredEvent;
  return { seq: entry.seq, opId: entry.opId, at: stored.at, event: upcast(playlistActor, stored) };
}

/** The first of `entries`, in the form of the public: as many as one answer may hold, at least one. */
export function pageOfOps(entries: readonly JournalEntry[]): PublicEvent[] {
  const ops: PublicEvent[] = [];
  let weight = 0;
  for (const entry of entries) {
    const { seq, opId, at, event } = eventOf(entry);
    weight += weightOf(event);
    if (ops.length > 0 && weight > serviceLimits.opsWeight) break;
    ops.push(publicEvent(event, seq, opId, at));
  }
  return ops;
}
