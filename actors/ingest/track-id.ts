/** Ids of tracks: the first 16 bytes of the file's SHA-256, so that the same file is the same track on every node. See docs/decisions/0002-ids.md. */

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Base 62, always 22 characters: 62^22 is just above 2^128. */
export function trackIdOf(sha256: Uint8Array): string {
  let value = 0n;
  for (const byte of sha256.subarray(0, 16)) value = (value << 8n) | BigInt(byte);
  let id = "";
  for (let i = 0; i < 22; i++) {
    id = (digits[Number(value % 62n)] ?? "") + id;
    value /= 62n;
  }
  return id;
}
