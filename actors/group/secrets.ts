/** What lets people into a group: a code of 8 characters to be typed or told, and a link with 256 secret bits. */
import { createHash, randomInt, timingSafeEqual } from "node:crypto";
import type { UrlKeyRing } from "../../keys.ts";

/** No 0, O, 1, I: 32 characters, 40 bits in a code. */
const alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const codeLength = 8;

export const newCode = (): string => Array.from({ length: codeLength }, () => alphabet[randomInt(alphabet.length)]).join("");

/** As people type it: in any case, with hyphens and spaces. */
export const typedCode = (typed: string): string => typed.toUpperCase().replaceAll(/[\s-]/g, "");
export const codePattern = "^[A-Za-z2-9](?:[ -]?[A-Za-z2-9]){7}$";

/** `<group>.<secret>`. */
export const linkPattern = "^[0-9a-f]{32}\\.[A-Za-z0-9_-]{43}$";
export const hashOf = (secret: string): string => createHash("sha256").update(secret).digest("base64url");

/** 128 bits that nobody can guess; the same when an account repeats the operation. */
export const groupIdOf = (keys: UrlKeyRing, userId: string, opId: string): string => Buffer.from(keys.token("group-id", userId, opId), "base64url").subarray(0, 16).toString("hex");
/** Not kept: made again for who may know it, as long as the key signs. */
export const secretOf = (keys: UrlKeyRing, groupId: string): string => keys.token("group", groupId);
export const linkOf = (groupId: string, secret: string): string => `${groupId}.${secret}`;

export function parseLink(link: string): { readonly groupId: string; readonly tokenHash: string } {
  const at = link.indexOf(".");
  return { groupId: link.slice(0, at), tokenHash: hashOf(link.slice(at + 1)) };
}

/** Takes the same time wherever they differ. */
export function isSame(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
