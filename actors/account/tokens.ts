/**
 * Access tokens: JWTs signed with Ed25519, 15 minutes, checked by gateways without asking anyone. What they say
 * (plan, role, country) is as old as they are: a change of plan shows at the next refresh.
 *
 * Refresh tokens: 32 random bytes, base64url; only their SHA-256 is stored.
 */
import { createHash, randomBytes, type KeyObject } from "node:crypto";
import { SignJWT } from "jose";
import type { Identity } from "../action.ts";

const accessTokenMs = 15 * 60 * 1000;
export const refreshTokenMs = 30 * 24 * 60 * 60 * 1000;

/** Signs who the caller is. `now` in ms since 1970. */
export async function accessToken(key: KeyObject, identity: Identity, now: number): Promise<{ token: string; expiresAt: string }> {
  const issuedAt = Math.floor(now / 1000);
  const expiresAt = issuedAt + accessTokenMs / 1000;
  const { id, username, plan, role, country } = identity;
  const token = await new SignJWT({ username, plan, role, country })
    .setProtectedHeader({ alg: "EdDSA", typ: "JWT", kid: "t1" })
    .setIssuer("ensemble")
    .setAudience("ensemble")
    .setSubject(id)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .sign(key);
  return { token, expiresAt: new Date(expiresAt * 1000).toISOString() };
}

export function newRefreshToken(): { token: string; hash: Buffer } {
  const token = randomBytes(32).toString("base64url");
  return { token, hash: refreshTokenHash(token) };
}

/** A random 256-bit token needs no slow hash: there is nothing to guess. */
export function refreshTokenHash(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
