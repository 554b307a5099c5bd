/**
 * The calls of groups that listen together. A change names its operation, so that a call whose answer was lost can be made again: with
 * the same `opId` it is answered as the first. What happens in a group comes live over the socket (`watchGroup`).
 */
import type { Control, GroupView, Item, Place } from "../../actors/group/model/index.ts";
import type { Call } from "../api.ts";
import { newOpId } from "../playlists.ts";

/** A group as who is in it reads it: with its queue, and the token of its link. */
export interface Group extends GroupView {
  readonly queue: readonly Item[];
  readonly link: string | null;
}

export interface FoundGroup {
  readonly groupId: string;
  readonly hostId: string;
  readonly hostName: string | null;
  readonly memberCount: number;
  readonly listenerCount: number;
}

export interface NewGroup {
  readonly control?: Control;
  readonly trackIds?: readonly string[];
  readonly index?: number;
  readonly positionMs?: number;
  readonly isPlaying?: boolean;
}

export type GroupKey = { readonly code: string } | { readonly token: string };

export type GroupCommand =
  | { readonly type: "play" | "end" }
  /** `positionMs`: where it was heard. */
  | { readonly type: "pause"; readonly positionMs?: number }
  | { readonly type: "seek"; readonly positionMs: number }
  /** `itemId`: what was heard; nothing happens when the group is elsewhere by now. */
  | { readonly type: "next" | "previous"; readonly itemId?: string }
  | { readonly type: "jump"; readonly itemId: string }
  /** `after`: an item; null = first, absent = last. */
  | { readonly type: "queue"; readonly trackIds: readonly string[]; readonly after?: string | null }
  | { readonly type: "remove"; readonly itemIds: readonly string[] }
  | { readonly type: "move"; readonly itemId: string; readonly after?: string | null }
  | { readonly type: "handOver" | "kick"; readonly userId: string }
  | { readonly type: "control"; readonly control: Control };

export interface GroupHere {
  /** What it played was lost: give it back by `restore`. */
  readonly isNew: boolean;
  /** False: come again by the code. */
  readonly isMember: boolean;
  readonly n: number;
  readonly offMs: number | null;
}

/** What a group played, for one that has lost it. */
export interface GroupMemory {
  readonly control: Control;
  readonly queue: readonly Pick<Item, "itemId" | "trackId" | "addedBy">[];
  readonly index: number;
  readonly positionMs: number;
  /** Ms since 1970 by the service's clock. */
  readonly at: number;
  readonly isPlaying: boolean;
}

export interface GroupPlace extends Place {
  readonly n: number;
}

interface Operation {
  readonly opId?: string;
  readonly signal?: AbortSignal;
}

const at = (groupId: string, ...rest: readonly string[]): string => ["/v1/groups", encodeURIComponent(groupId), ...rest].join("/");

export class GroupCalls {
  readonly #call: <T>(path: string, call: Call) => Promise<T>;

  constructor(call: <T>(path: string, call: Call) => Promise<T>) {
    this.#call = call;
  }

  start(group: NewGroup = {}, { opId = newOpId(), signal }: Operation = {}): Promise<Group> {
    return this.#call("/v1/groups", { method: "POST", body: { ...group, opId }, signal });
  }

  /** The group that a code is of. Throws ApiError 404 GROUP_NOT_FOUND, 429 after 20 wrong codes in an hour. */
  find(code: string, signal?: AbortSignal): Promise<FoundGroup> {
    return this.#call("/v1/groups/find", { method: "POST", body: { code }, signal });
  }

  get(groupId: string, signal?: AbortSignal): Promise<Group> {
    return this.#call(at(groupId), { signal });
  }

  /** By its code or by a link's token; again, to change between taking part and listening only. */
  join(groupId: string, key: GroupKey, { listenOnly = false, opId = newOpId(), signal }: Operation & { listenOnly?: boolean } = {}): Promise<Group> {
    return this.#call(at(groupId, "join"), { method: "POST", body: { ...key, listenOnly, opId }, signal });
  }

  leave(groupId: string, { opId = newOpId(), signal }: Operation = {}): Promise<{ readonly n: number }> {
    return this.#call(at(groupId, "leave"), { method: "POST", body: { opId }, signal });
  }

  command(groupId: string, command: GroupCommand, { opId = newOpId(), signal }: Operation = {}): Promise<GroupPlace> {
    return this.#call(at(groupId, "commands"), { method: "POST", body: { ...command, opId }, signal });
  }

  /** To be called every 30 s; who is silent for 5 minutes is out. */
  here(groupId: string, hears: { readonly itemId?: string; readonly positionMs?: number } = {}, signal?: AbortSignal): Promise<GroupHere> {
    return this.#call(at(groupId, "here"), { method: "POST", body: hears, signal });
  }

  restore(groupId: string, memory: GroupMemory, { opId = newOpId(), signal }: Operation = {}): Promise<GroupPlace> {
    return this.#call(at(groupId, "restore"), { method: "POST", body: { ...memory, opId }, signal });
  }
}

/** The group of a link's token: what stands before its secret. */
export const groupOfLink = (token: string): string => token.slice(0, Math.max(0, token.indexOf(".")));
