/**
 * Tickets: the signed URLs of one track's tiers, made at most once an hour per plan.
 *
 * A signature says only track, tier and end, so every play of an hour may carry the same one: its end is 24 hours
 * after the hour began, which leaves a listener 23 to 24 hours and never more than the 24 that the edge accepts.
 */
import type { TierName } from "../../audio/index.ts";
import { urlLifetimeSeconds, type UrlKeyRing } from "../../keys.ts";
import type { Plan } from "../action.ts";
import { permittedTiers } from "./tier.ts";

const hourSeconds = 3_600;

export interface Ticket {
  /** Lowest first. */
  readonly permitted: readonly TierName[];
  readonly tiers: Readonly<Partial<Record<TierName, { readonly url: string; readonly query: string }>>>;
  readonly expiresAt: string;
}

/** The tickets of one track. Kept as long as its manifest is. */
export class Tickets {
  readonly #trackId: string;
  readonly #existing: Readonly<Partial<Record<TierName, unknown>>>;
  readonly #keys: UrlKeyRing;
  readonly #last: Partial<Record<Plan, { readonly hour: number; readonly origin: string; readonly ticket: Ticket }>> = {};

  constructor(trackId: string, existing: Readonly<Partial<Record<TierName, unknown>>>, keys: UrlKeyRing) {
    this.#trackId = trackId;
    this.#existing = existing;
    this.#keys = keys;
  }

  /** `now` in ms since 1970; `origin` is scheme and host, or "" for relative URLs. */
  of(plan: Plan, origin: string, now: number): Ticket {
    const hour = Math.floor(now / 1000 / hourSeconds);
    const last = this.#last[plan];
    if (last !== undefined && last.hour === hour && last.origin === origin) return last.ticket;
    const ticket = this.#sign(plan, origin, hour * hourSeconds + urlLifetimeSeconds);
    this.#last[plan] = { hour, origin, ticket };
    return ticket;
  }

  #sign(plan: Plan, origin: string, expiresAt: number): Ticket {
    const permitted = permittedTiers(plan, this.#existing);
    const tiers = Object.fromEntries(
      permitted.map((tier) => {
        const path = `/audio/${this.#trackId}/${tier}`;
        return [tier, { url: `${origin}${path}`, query: this.#keys.sign(`${path}/`, expiresAt) }];
      }),
    );
    return Object.freeze({ permitted, tiers: Object.freeze(tiers), expiresAt: new Date(expiresAt * 1000).toISOString() });
  }
}
