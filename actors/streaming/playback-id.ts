/** Playback ids: 128 random bits, base64url. Whoever holds one may report on that play, so it must not be guessed. */
import { randomFillSync } from "node:crypto";

const idBytes = 16;
// One call to the generator serves 256 plays.
const pool = Buffer.alloc(idBytes * 256);
let used = pool.length;

export function newPlaybackId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const id = pool.toString("base64url", used, used + idBytes);
  used += idBytes;
  return id;
}
