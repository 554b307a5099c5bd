/**
 * Cursors: where a list goes on, as opaque text. A cursor holds the sort values of the last item it answered, so pages
 * neither skip nor repeat when items are added, and page 10,000 costs what page 1 does.
 *
 * A cursor says which list it belongs to and carries a checksum: a cursor of another list, cut off or edited, is refused
 * with InvalidInput. The checksum is no secret; the values are only ever parameters of a statement, so a forged cursor
 * reads nothing that a list does not show anyway.
 */
import { createHash } from "node:crypto";
import { InvalidInput } from "../errors.ts";

export type CursorList = "artists" | "albums" | "genreTracks" | "newReleases" | "documents";

const longest = 4_096;

/** `values`: the sort values of the last item, as text. */
export function encodeCursor(list: CursorList, values: readonly string[]): string {
  const body = Buffer.from(JSON.stringify(values)).toString("base64url");
  return `${body}.${checksum(list, body)}`;
}

/** The `count` sort values of a cursor of `list`. Throws InvalidInput. */
export function decodeCursor(list: CursorList, cursor: string, count: number): string[] {
  const [body, sum, ...rest] = cursor.length > longest ? [] : cursor.split(".");
  if (body === undefined || sum !== checksum(list, body) || rest.length > 0) throw wrong();
  let values: unknown;
  try {
    values = JSON.parse(Buffer.from(body, "base64url").toString());
  } catch {
    throw wrong();
  }
  // U+0000 cannot be stored in PostgreSQL, so no real cursor has one.
  if (!Array.isArray(values) || values.length !== count || !values.every((value) => typeof value === "string" && !value.includes("\0"))) throw wrong();
  return values as string[];
}

function checksum(list: CursorList, body: string): string {
  return createHash("sha256").update(`${list}.${body}`).digest("base64url").slice(0, 12);
}

const wrong = () => new InvalidInput("This cursor is not one that this list answered.", { field: "cursor" });
