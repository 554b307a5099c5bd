/**
 * Rights: whether a track may be played by somebody, somewhere, now. Pure.
 *
 * The first rule that refuses names the verdict:
 *
 *   rule                  refuses when
 *   territory-denied      the country is in denyCountries (also when allowCountries has it)
 *   territory-not-allowed allowCountries is given and the country is not in it (an empty list: nowhere)
 *   plan                  plans is given and the listener's is not in it (an empty list: nobody)
 *   not-yet               now is before availableFrom
 *   expired               now is at or after availableUntil
 *
 * What is not given restricts nothing; a track without rights is open to all (rule "open").
 */
import type { Plan } from "../action.ts";

export interface Rights {
  /** Null: every country. */
  readonly allowCountries: readonly string[] | null;
  readonly denyCountries: readonly string[];
  /** Null: every plan. */
  readonly plans: readonly Plan[] | null;
  /** First moment, ms since 1970; null: since ever. */
  readonly availableFrom: number | null;
  /** First moment no more, ms since 1970; null: for ever. */
  readonly availableUntil: number | null;
}

export interface RightsRequest {
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly plan: Plan;
  /** Ms since 1970. */
  readonly at: number;
}

export const refusals = ["territory-denied", "territory-not-allowed", "plan", "not-yet", "expired"] as const;
export type Refusal = (typeof refusals)[number];
export const grants = ["open", "licensed"] as const;
export type Grant = (typeof grants)[number];

export type Verdict = { readonly granted: true; readonly rule: Grant } | { readonly granted: false; readonly rule: Refusal; readonly reason: string };

const refuse = (rule: Refusal, reason: string): Verdict => Object.freeze({ granted: false, rule, reason });

// Verdicts are values; one object each serves every play.
const open: Verdict = Object.freeze({ granted: true, rule: "open" });
const licensed: Verdict = Object.freeze({ granted: true, rule: "licensed" });
const territoryDenied = refuse("territory-denied", "This track may not be played in your country.");
const territoryNotAllowed = refuse("territory-not-allowed", "This track may not be played in your country.");
const planRefused = refuse("plan", "Your plan does not include this track.");
const notYet = refuse("not-yet", "This track is not out yet.");
const expired = refuse("expired", "This track is no longer available.");

/** The verdict on a request. `rights` undefined: none were ever set. */
export function decide(rights: Rights | undefined, request: RightsRequest): Verdict {
  if (rights === undefined) return open;
  if (rights.denyCountries.includes(request.country)) return territoryDenied;
  if (rights.allowCountries !== null && !rights.allowCountries.includes(request.country)) return territoryNotAllowed;
  if (rights.plans !== null && !rights.plans.includes(request.plan)) return planRefused;
  if (rights.availableFrom !== null && request.at < rights.availableFrom) return notYet;
  if (rights.availableUntil !== null && request.at >= rights.availableUntil) return expired;
  return licensed;
}
