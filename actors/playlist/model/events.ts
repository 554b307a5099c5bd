/**
 * What happened to a playlist, in canonical form: anchors are positions, winners are named. Every copy that applies the same
 * events in the order of their versions is the same, to the bit, and none has to decide anything.
 *
 * The journal holds PlaylistEvent. PublicEvent is what readers are told (`playlist.changed`, `ops`): the same without what is
 * nobody's business (hashes of links, devices, clocks, who follows), with its version and time.
 */
import type { Clock } from "./clock.ts";
import type { Meta } from "./ops.ts";

/** Of an edit that says what its author knew. */
export interface EventStamp {
  /** Hybrid time, ms. */
  readonly at: number;
  /** The edit's dot; absent when the op did not say whose edit it was. */
  readonly device?: string;
  readonly n?: number;
  /** Sum of the clock, when the op did not say its time: `at` is then when it came. */
  readonly sum?: number;
  readonly clock: Clock;
}

interface Edited {
  readonly opId: string;
  readonly by: string;
  readonly stamp?: EventStamp;
}

export interface ItemAt {
  readonly itemId: string;
  readonly position: number;
}

export interface NewItem extends ItemAt {
  readonly trackId: string;
}

export interface WholeItem extends NewItem {
  readonly addedBy: string;
  /** Ms since 1970. */
  readonly addedAt: number;
}

/** Changes of items and META fields: what copies hold. */
export type ListEvent =
  | (Edited & Meta & { readonly type: "create" })
  /** `last`: asked for the end, not for a place behind something. */
  | (Edited & { readonly type: "add"; readonly items: readonly NewItem[]; readonly last?: true })
  /** `outdone`: items that a later edit keeps. */
  | (Edited & { readonly type: "remove"; readonly itemIds: readonly string[]; readonly outdone?: readonly string[] })
  /** `outdone`: items that a later edit moved elsewhere; the place stays known, others' anchors may mean it. */
  | (Edited & { readonly type: "move"; readonly items: readonly ItemAt[]; readonly last?: true; readonly outdone?: readonly ItemAt[] })
  /** `outdone`: fields that a later edit set. */
  | (Edited & Partial<Meta> & { readonly type: MetaEventType; readonly outdone?: readonly (keyof Meta)[] })
  /** Takes back the edit with version `of`. */
  | (Edited & Partial<Meta> & { readonly type: "undo"; readonly of: number; readonly removed?: readonly string[]; readonly restored?: readonly WholeItem[]; readonly moved?: readonly ItemAt[] })
  /** Positions become 1, 2, 3, ... in their order. */
  | { readonly type: "compact" };

export type MetaEventType = "rename" | "describe" | "setPublic" | "setCollaborative" | "update";

/** Who may do what. */
export type AccessEvent =
  | { readonly type: "delete"; readonly by: string }
  | { readonly type: "addCollaborator" | "removeCollaborator"; readonly by: string; readonly userId: string }
  | { readonly type: "share"; readonly by: string; readonly tokenHash: string; readonly expiresAt: number }
  | { readonly type: "revokeShare"; readonly by: string; readonly tokenHash: string }
  | { readonly type: "join" | "follow" | "unfollow"; readonly by: string };

export type PlaylistEvent = ListEvent | AccessEvent;

/** What a reader is told of an event. `at`: ISO 8601; of an edit made offline, when its author made it. */
export type PublicEvent = { readonly version: number; readonly opId: string; readonly at: string } & (
  | DistributiveOmit<ListEvent, "opId" | "stamp" | "outdone">
  | { readonly type: "delete"; readonly by: string }
  | { readonly type: "addCollaborator" | "removeCollaborator"; readonly by: string; readonly userId: string }
  | { readonly type: "share" | "revokeShare" | "join" | "follow" | "unfollow" }
);

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

const accessTypes: ReadonlySet<string> = new Set<AccessEvent["type"]>(["delete", "addCollaborator", "removeCollaborator", "share", "revokeShare", "join", "follow", "unfollow"]);

/** Whether the event changes items or META fields, or renumbers them. */
export const isListEvent = (event: PlaylistEvent): event is ListEvent => !accessTypes.has(event.type);

/** The same of an event as readers are told it. */
export const isPublicListEvent = (event: PublicEvent): event is Extract<PublicEvent, { type: ListEvent["type"] }> => !accessTypes.has(event.type);

/** The event as readers are told it. `at`: when it was committed, ms since 1970. */
export function publicEvent(event: PlaylistEvent, version: number, opId: string, at: number): PublicEvent {
  if (!isListEvent(event)) {
    const told = { version, opId, at: new Date(at).toISOString() };
    if (event.type === "delete" || event.type === "addCollaborator" || event.type === "removeCollaborator") return { ...told, ...event };
    return { ...told, type: event.type };
  }
  if (event.type === "compact") return { version, opId, at: new Date(at).toISOString(), type: "compact" };
  const { stamp, opId: _, ...edit } = event;
  const told = { version, opId, at: new Date(stamp?.at ?? at).toISOString(), ...edit };
  if ("outdone" in told) delete told.outdone;
  return told;
}
