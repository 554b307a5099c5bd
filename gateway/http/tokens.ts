/**
 * Verifies access tokens: EdDSA only, our key id, issuer and audience, not expired, and every claim an Identity needs.
 * A token that was verified once is not verified again before it expires: an Ed25519 check costs more than the rest
 * of a play request.
 */
import type { KeyObject } from "node:crypto";
import { jwtVerify } from "jose";
import type { Identity } from "../../actors/index.ts";
import { Sieve } from "../edge/sieve.ts";
import { unauthorized } from "./problem.ts";

/** Names of issuer, audience and key in every token of this service. */
const tokenIssuer = "ensemble";
const tokenKeyId = "t1";

export interface Verified {
  readonly identity: Identity;
  /** Ms since 1970. */
  readonly expiresMs: number;
}

export class AccessTokens {
  readonly #publicKey: KeyObject;
  readonly #verified: Sieve<Verified>;

  constructor(publicKey: KeyObject, capacity: number) {
    this.#publicKey = publicKey;
    this.#verified = new Sieve(capacity, () => 1);
  }

  /**
   * The identity in an Authorization header; undefined without one. Throws the same Problem 401 for whatever is wrong
   * with a token. Synchronous for a token that is already known.
   */
  identity(authorization: string | undefined, nowMs: number): Identity | undefined | Promise<Identity> {
    if (authorization === undefined) return undefined;
    if (!authorization.startsWith("Bearer ")) throw refused();
    const verified = this.verified(authorization.slice(7), nowMs);
    return verified instanceof Promise ? verified.then(({ identity }) => identity) : verified.identity;
  }

  /** The identity in a token, and until when; as `identity`. */
  verified(token: string, nowMs: number): Verified | Promise<Verified> {
    if (token.length > 4_096) throw refused();
    const known = this.#verified.get(token);
    return known !== undefined && nowMs < known.expiresMs ? known : this.#verify(token, nowMs);
  }

  async #verify(token: string, nowMs: number): Promise<Verified> {
    try {
      const { payload, protectedHeader } = await jwtVerify(token, this.#publicKey, {
        algorithms: ["EdDSA"],
        issuer: tokenIssuer,
        audience: tokenIssuer,
        requiredClaims: ["exp", "sub"],
        currentDate: new Date(nowMs),
      });
      const { sub, exp, username, plan, role, country } = payload;
      if (protectedHeader.kid !== tokenKeyId || sub === undefined || exp === undefined) throw refused();
      if (typeof username !== "string" || typeof country !== "string") throw refused();
      if ((plan !== "free" && plan !== "premium") || (role !== "listener" && role !== "admin")) throw refused();
      const identity: Identity = Object.freeze({ id: sub, username, plan, role, country });
      const verified: Verified = { identity, expiresMs: exp * 1_000 };
      this.#verified.set(token, verified);
      return verified;
    } catch {
      // One answer for every reason: a forger learns nothing from it.
      throw refused();
    }
  }
}

function refused() {
  return unauthorized("The access token is not valid, or no longer.", "INVALID_TOKEN");
}
