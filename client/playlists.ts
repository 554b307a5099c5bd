/**
 * The calls of playlists. A change names its operation, so that a call whose answer was lost can be made again: with the
 * same `opId` it is answered as the first. Callers that repeat pass their own.
 *
 * Live editing stands on these: edits/ queues ops and keeps a copy, the socket brings what others did.
 */
import type { Clock, Op, PlaylistView } from "../actors/playlist/model/index.ts";
import type { Call } from "./api.ts";
import { queryString } from "./query-string.ts";
import type { ListedPlaylist, NewPlaylist, OpsApplied, OpsPage, Page, PlaylistLink } from "./shapes.ts";

interface Operation {
  readonly opId?: string;
  readonly signal?: AbortSignal;
}

interface Version {
  readonly version: number;
}

/** 128 random bits. Not randomUUID: browsers have that on secure pages only. */
export const newOpId = (): string => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

const at = (id: string, ...rest: readonly string[]): string => ["/v1/playlists", id, ...rest].map((part, index) => (index === 0 ? part : encodeURIComponent(part))).join("/");

export class PlaylistCalls {
  readonly #call: <T>(path: string, call: Call) => Promise<T>;

  constructor(call: <T>(path: string, call: Call) => Promise<T>) {
    this.#call = call;
  }

  create(playlist: NewPlaylist, { opId = newOpId(), signal }: Operation = {}): Promise<PlaylistView> {
    return this.#call("/v1/playlists", { method: "POST", body: { ...playlist, opId }, signal });
  }

  /** A playlist with its items; without a login, a public one. */
  get(id: string, signal?: AbortSignal): Promise<PlaylistView> {
    return this.#call(at(id), { access: "either", signal });
  }

  /** The playlist, or null when `version` is still its last. */
  async getSince(id: string, version: number, signal?: AbortSignal): Promise<PlaylistView | null> {
    const answer = await this.#call<PlaylistView | { readonly unchanged: true }>(`${at(id)}${queryString({ sinceVersion: version })}`, { access: "either", signal });
    return "unchanged" in answer ? null : answer;
  }

  /** Own, shared with the account, and followed; the newest to it first. */
  mine(page: { limit?: number; cursor?: string; signal?: AbortSignal } = {}): Promise<Page<ListedPlaylist>> {
    const { signal, ...rest } = page;
    return this.#call(`/v1/me/playlists${queryString(rest)}`, { signal });
  }

  /** Each op is decided by itself: look at its result. `clock` and `device` are for ops made offline that have none of their own. */
  apply(id: string, ops: readonly Op[], given: { clock?: Clock; device?: string; signal?: AbortSignal } = {}): Promise<OpsApplied> {
    const { signal, ...rest } = given;
    return this.#call(at(id, "ops"), { method: "POST", body: { ops, ...rest }, signal });
  }

  /** What happened after version `since`. Throws ApiError with status 410 when that is not kept any more: get the playlist then. */
  ops(id: string, since: number, options: { limit?: number; signal?: AbortSignal } = {}): Promise<OpsPage> {
    const { signal, ...rest } = options;
    return this.#call(`${at(id, "ops")}${queryString({ since, ...rest })}`, { access: "either", signal });
  }

  update(id: string, changed: Partial<NewPlaylist>, { opId = newOpId(), signal }: Operation = {}): Promise<Version> {
    return this.#call(at(id), { method: "PATCH", body: { ...changed, opId }, signal });
  }

  delete(id: string, operation?: Operation): Promise<Version> {
    return this.#delete(at(id), operation);
  }

  /** Takes back the account's own last edit. */
  undo(id: string, { opId = newOpId(), signal }: Operation = {}): Promise<Version & { readonly of: number }> {
    return this.#call(at(id, "undo"), { method: "POST", body: { opId }, signal });
  }

  addCollaborator(id: string, userId: string, operation?: Operation): Promise<Version> {
    return this.#put(at(id, "collaborators", userId), operation);
  }

  removeCollaborator(id: string, userId: string, operation?: Operation): Promise<Version> {
    return this.#delete(at(id, "collaborators", userId), operation);
  }

  /** A link for whoever has its token, good for `validMs` (a week when absent). */
  share(id: string, { validMs, opId = newOpId(), signal }: Operation & { validMs?: number } = {}): Promise<PlaylistLink> {
    return this.#call(at(id, "share"), { method: "POST", body: { opId, ...(validMs === undefined ? {} : { validMs }) }, signal });
  }

  /** Ends a link. Who came by it stays. */
  revokeShare(id: string, token: string, operation?: Operation): Promise<Version> {
    return this.#delete(at(id, "share", token), operation);
  }

  join(token: string, { opId = newOpId(), signal }: Operation = {}): Promise<Version & { readonly playlistId: string }> {
    return this.#call("/v1/playlists/join", { method: "POST", body: { token, opId }, signal });
  }

  follow(id: string, operation?: Operation): Promise<Version> {
    return this.#put(at(id, "followers", "me"), operation);
  }

  unfollow(id: string, operation?: Operation): Promise<Version> {
    return this.#delete(at(id, "followers", "me"), operation);
  }

  #put(path: string, { opId = newOpId(), signal }: Operation = {}): Promise<Version> {
    return this.#call(path, { method: "PUT", body: { opId }, signal });
  }

  #delete(path: string, { opId = newOpId(), signal }: Operation = {}): Promise<Version> {
    return this.#call(`${path}${queryString({ opId })}`, { method: "DELETE", signal });
  }
}
