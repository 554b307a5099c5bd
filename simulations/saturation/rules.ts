/**
 * What a load must hold to be borne, as a share that may be beyond a bound: "play.p99Ms < 200" is at most 1 % of plays above 200 ms,
 * "chunk.failedPercent < 0.1" at most 0.1 % of chunks refused or failed. Shares of stretches of time add up, so one search judges all.
 */
import { DescriptionError } from "../description/index.ts";
import type { Buckets } from "../report/index.ts";
import { readThreshold, type Threshold } from "../scenario/thresholds.ts";

export interface Rule {
  /** As it is shown: "play.p99Ms < 200". */
  readonly text: string;
  readonly operation: string;
  /** Latency that counts as beyond; undefined: a failure does. */
  readonly boundMs: number | undefined;
  /** Share that may be beyond, above 0 and below 1. */
  readonly allowed: number;
}

/** What was seen of one operation in a stretch of time. */
export interface Seen {
  readonly offered: number;
  readonly done: number;
  /** Refused ones too. */
  readonly failed: number;
  readonly inFlight: number;
  /** Of what was done. */
  readonly latency: Buckets;
}

const shares = { p50Ms: 0.5, p90Ms: 0.1, p99Ms: 0.01, p999Ms: 0.001 } as const;
const rulesMost = 20;

/** "play.p99Ms < 200, chunk.failedPercent < 0.1". Throws DescriptionError. */
export function readRules(path: string, text: string): Rule[] {
  const texts = text.split(",").map((one) => one.trim()).filter((one) => one !== "");
  if (texts.length === 0 || texts.length > rulesMost) throw new DescriptionError(path, text, `1 to ${rulesMost} rules, parted by commas`);
  return texts.map((one) => {
    const rule = ruleOf(readThreshold(path, one));
    if (rule === undefined) throw new DescriptionError(path, one, `an upper bound above 0 of ${Object.keys(shares).join(", ")} or failedPercent`);
    return rule;
  });
}

/** Undefined for what is no share: means, greatest values, lower bounds. */
export function ruleOf({ operation, figure, isBelow, bound }: Threshold): Rule | undefined {
  const text = `${operation}.${figure} < ${bound}`;
  if (!isBelow || !(bound > 0)) return undefined;
  if (figure === "failedPercent") return bound < 100 ? { text, operation, boundMs: undefined, allowed: bound / 100 } : undefined;
  const allowed = Object.entries(shares).find(([name]) => name === figure)?.[1];
  return allowed === undefined ? undefined : { text, operation, boundMs: bound, allowed };
}

export interface Broken {
  readonly beyond: number;
  readonly of: number;
  /** Beyond half of the bound: where there is none, the bound is far away. */
  readonly near: number;
}

/** How much of what was seen broke the rule. Nothing seen is nothing broken. */
export function brokenIn(rule: Rule, seen: Seen | undefined): Broken {
  if (seen === undefined) return { beyond: 0, of: 0, near: 0 };
  if (rule.boundMs === undefined) return { beyond: seen.failed, of: seen.done + seen.failed, near: seen.failed };
  const { valuesMs, counts, total } = seen.latency;
  let [beyond, near] = [0, 0];
  for (let n = valuesMs.length - 1; n >= 0 && (valuesMs[n] as number) > rule.boundMs / 2; n--) {
    near += counts[n] as number;
    if ((valuesMs[n] as number) >= rule.boundMs) beyond += counts[n] as number;
  }
  return { beyond, of: total, near };
}
