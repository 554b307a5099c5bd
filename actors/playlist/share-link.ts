/** A link to a playlist: `<playlist>.<secret>`. The secret opens it; what is stored is its hash. */
import { createHash } from "node:crypto";

/** A playlist's id and 256 bits. */
export const linkPattern = "^[A-Za-z0-9_-]{1,64}\\.[A-Za-z0-9_-]{43}$";

export const linkOf = (playlistId: string, secret: string): string => `${playlistId}.${secret}`;

export function parseLink(link: string): { readonly playlistId: string; readonly tokenHash: string } {
  const at = link.lastIndexOf(".");
  return { playlistId: link.slice(0, at), tokenHash: createHash("sha256").update(link.slice(at + 1)).digest("base64url") };
}

/** The id of the playlist that an account makes by an operation: asked twice, it is the same list. */
export const playlistIdOf = (userId: string, opId: string): string => createHash("sha256").update(JSON.stringify(["playlist", userId, opId])).digest("hex").slice(0, 32);
