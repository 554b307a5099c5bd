/** Ids of what is found by name keys (albums, artists, genres, accounts): 128 random bits, hexadecimal, so that names may change. See docs/decisions/0002-ids.md. */
import { randomBytes } from "node:crypto";

export function newId(): string {
  return randomBytes(16).toString("hex");
}
