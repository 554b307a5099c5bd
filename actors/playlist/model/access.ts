/**
 * Who may do what.
 *
 *   may    | who
 *   own    | the owner: everything
 *   edit   | invited collaborators; if the playlist is collaborative, everybody who may read it: change its items
 *   read   | everybody if it is public; collaborators; who came by a link
 *
 * Who may not read is told what somebody is told who asks for a playlist that never was.
 */
import { notFound, PlaylistRefused } from "./errors.ts";
import type { AccessEvent } from "./events.ts";
import type { Meta } from "./ops.ts";

export interface Access {
  ownerId: string;
  /** "never" before it is made. */
  life: "never" | "lives" | "deleted";
  readonly collaborators: Set<string>;
  /** Who came by a link. */
  readonly joined: Set<string>;
  /** Hash of a link's token -> when it ends, ms since 1970. */
  readonly links: Map<string, number>;
}

export interface May {
  readonly exists: boolean;
  readonly read: boolean;
  readonly edit: boolean;
  readonly own: boolean;
}

export const noAccess = (): Access => ({ ownerId: "", life: "never", collaborators: new Set(), joined: new Set(), links: new Map() });

/** What `userId` may do; undefined: somebody who is not logged in. */
export function may(access: Access, meta: Pick<Meta, "public" | "collaborative">, userId: string | undefined): May {
  if (access.life !== "lives") return { exists: false, read: false, edit: false, own: false };
  const own = userId === access.ownerId;
  const invited = userId !== undefined && access.collaborators.has(userId);
  const read = own || invited || meta.public || (userId !== undefined && access.joined.has(userId));
  return { exists: true, read, edit: own || invited || (meta.collaborative && read && userId !== undefined), own };
}

const verbs = { read: "read", edit: "change the tracks of", own: "do this with" } as const;

/** The user who may do `right`. Throws PlaylistRefused: NOT_FOUND to whom may not read, else FORBIDDEN. */
export function demand(rights: May, right: "read" | "edit" | "own"): void {
  if (!rights.read) throw notFound();
  if (!rights[right]) throw new PlaylistRefused("FORBIDDEN", `You may not ${verbs[right]} this playlist.`, { needs: right });
}

/** Changes `access` in place. `at`: when it happened, ms since 1970. */
export function applyAccess(access: Access, event: AccessEvent, at: number): void {
  switch (event.type) {
    case "delete":
      access.life = "deleted";
      access.collaborators.clear();
      access.joined.clear();
      access.links.clear();
      return;
    case "addCollaborator":
      access.collaborators.add(event.userId);
      return;
    case "removeCollaborator":
      // Who is shown the door does not stay by another one.
      access.collaborators.delete(event.userId);
      access.joined.delete(event.userId);
      return;
    case "share":
      for (const [hash, end] of access.links) if (end <= at) access.links.delete(hash);
      access.links.set(event.tokenHash, event.expiresAt);
      return;
    case "revokeShare":
      access.links.delete(event.tokenHash);
      return;
    case "join":
      access.joined.add(event.by);
      return;
    case "unfollow":
      access.joined.delete(event.by);
      return;
    case "follow":
      // Followers are counted by the projection: a list may have millions, and following gives no rights.
      return;
  }
}
