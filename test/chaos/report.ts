/** What a run comes to: one JSON object, and for people the first broken promises with the history around each. */
import { quantile, type Quantiles, type Violation, type ViolationKind } from "./check/index.ts";
import { shown, type History } from "./history.ts";

export interface Report {
  readonly workload: string;
  readonly nemesis: readonly string[];
  readonly seed: number;
  readonly seconds: number;
  readonly nodes: number;
  /** Operations that were answered with success, refused for good, and with an outcome nobody knows. */
  readonly acked: number;
  readonly refused: number;
  readonly unknown: number;
  /** Operations that were sent more than once, by want of an answer or on purpose. */
  readonly repeated: number;
  readonly ackedPerSecond: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly splits: number;
  /** Further broken promises, by kind; empty when there are none. */
  readonly broken: Partial<Record<ViolationKind, number>>;
  /** Commits of former owners that reached PostgreSQL and were refused there, as overheard on the way back. */
  readonly refusedZombieWrites: number;
  /** Calls that a node refused because it was not the owner, or did not know any more: zombies by their own clock, and plain detours. */
  readonly refusedByOwner: number;
  /** Of the shards' longest times in which somebody waited and nobody was answered. */
  readonly gapMsP95: number;
  readonly gapMsMax: number;
  /** The longest such times by kind of fault, one for each fault and each shard with load that felt it; `none`: in the quiet end. */
  readonly gaps: Readonly<Record<string, Quantiles>>;
  readonly faults: Readonly<Record<string, number>>;
  /** What faults met that they should not have. */
  readonly failures: readonly string[];
  /** What else the workload counts. */
  readonly figures?: Readonly<Record<string, number>>;
  /** Why this run proves less than its name says. */
  readonly vacuous: readonly string[];
}

export interface Parts {
  readonly workload: string;
  readonly nemesis: readonly string[];
  readonly seed: number;
  readonly seconds: number;
  readonly nodes: number;
  readonly history: History;
  readonly violations: readonly Violation[];
  /** Of each shard, sorted; ms. */
  readonly longestGaps: readonly number[];
  readonly gaps: Readonly<Record<string, Quantiles>>;
  readonly refusedZombieWrites: number;
  readonly refusedByOwner: number;
  readonly sentTwice: number;
  readonly hasJournal: boolean;
  readonly figures?: Readonly<Record<string, number>>;
  /** Why the workload itself says that the run proves less than its name says. */
  readonly vacuous: readonly string[];
  readonly faults: Readonly<Record<string, number>>;
  readonly failures: readonly string[];
}

const enoughAcks = 100;

export function reportOf(parts: Parts): Report {
  const { history, violations, longestGaps, gaps, faults, refusedZombieWrites, refusedByOwner } = parts;
  const { workload, nemesis, seed, seconds, nodes, failures } = parts;
  const count = (outcome: string) => history.operations.filter((operation) => operation.outcome === outcome).length;
  const broken: Partial<Record<ViolationKind, number>> = {};
  for (const { kind } of violations) broken[kind] = (broken[kind] ?? 0) + 1;
  const { lost = 0, duplicated = 0, split = 0, ...others } = broken;
  const repeated = history.operations.filter(({ attempts }) => attempts > 1).length + parts.sentTwice;
  return {
    workload, nemesis, seed, seconds, nodes,
    acked: count("ok"),
    refused: count("fail"),
    unknown: count("info"),
    repeated,
    ackedPerSecond: Math.round(count("ok") / seconds),
    lost,
    duplicated,
    splits: split,
    broken: others,
    refusedZombieWrites,
    refusedByOwner,
    gapMsP95: Math.round(quantile(longestGaps, 0.95)),
    gapMsMax: Math.round(quantile(longestGaps, 1)),
    gaps,
    faults,
    failures,
    ...(parts.figures === undefined ? {} : { figures: parts.figures }),
    vacuous: vacuous(parts, count("ok"), repeated),
  };
}

/** A run in which nothing happened proves nothing; it says so. */
function vacuous({ nemesis, faults, refusedZombieWrites, hasJournal, vacuous: others }: Parts, acked: number, repeated: number): string[] {
  const reasons: string[] = [...others];
  const sendsLate = hasJournal && nemesis.some((name) => name === "partition" || name === "pause" || name === "mixed");
  if (acked < enoughAcks) reasons.push(`only ${acked} operations were acknowledged`);
  for (const name of nemesis) if (name !== "mixed" && name !== "none" && (faults[name] ?? 0) === 0) reasons.push(`${name} was never done`);
  if (Object.keys(faults).length === 0 && !nemesis.includes("none")) reasons.push("there was no fault");
  if (sendsLate && refusedZombieWrites === 0) reasons.push("no write of a former owner reached the database: the fence was not tried");
  if (repeated === 0) reasons.push("no operation was sent twice");
  return reasons;
}

const row = (cells: readonly (string | number)[]): string => cells.map((cell, at) => (at === 0 ? String(cell).padEnd(10) : String(cell).padStart(8))).join("");

/** The gaps as a table. */
export function gapTable({ gaps }: Report): string[] {
  const rows = Object.entries(gaps).map(([kind, { count, p50Ms, p95Ms, p99Ms, maxMs }]) => row([kind, count, p50Ms, p95Ms, p99Ms, maxMs]));
  return ["Longest time without an answer, of each shard with load that felt a fault, ms:", row(["fault", "shards", "p50", "p95", "p99", "max"]), ...rows];
}

export const isGood = ({ lost, duplicated, splits, broken, failures }: Report): boolean => lost + duplicated + splits + Object.keys(broken).length + failures.length === 0;

const shownViolations = 5;
const around = 4;

/** The first broken promises, each with what callers did just before and after with the same playlist or account. */
export function explain(violations: readonly Violation[], history: History): string[] {
  return violations.slice(0, shownViolations).flatMap(({ kind, subject, about, opIds }) => {
    const own = history.operations.filter((operation) => operation.subject === subject);
    const at = own.findIndex(({ opId }) => opIds.includes(opId));
    const near = at < 0 ? [] : own.slice(Math.max(0, at - around), at + around + 1);
    return [`${kind.toUpperCase()} ${subject}: ${about}`, ...near.map((operation) => `  ${opIds.includes(operation.opId) ? ">" : " "} ${shown(operation)}`)];
  });
}
