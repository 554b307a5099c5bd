/**
 * Seeds that `npm test` runs first: those that once found a bug, and those that show a hard situation. How to add one is in
 * docs/simulation-of-the-runtime.md.
 *
 * A change of the generator (plan.ts, storm.ts, what callers do) gives every seed another world. Then a seed of the first kind is worth
 * less, and one of the second kind fails when it no longer shows what it stands for: take another that does.
 */
import { mirrorNemeses, operatorNemeses, planOf, type Nemesis, type Plan, type WorkloadName } from "./plan.ts";
import type { Situation } from "./situations.ts";

export interface Pinned {
  readonly seed: number;
  /** What of the seed's plan is otherwise. */
  readonly plan?: Partial<Plan>;
}

export interface Regression extends Pinned {
  readonly found: string;
}

export interface Shown extends Pinned {
  readonly shows: Situation;
}

/** The world of a seed before there was this in it. */
function without(seed: number, workloads: readonly WorkloadName[], nemeses: readonly Nemesis[]): Pinned {
  const plan = planOf(seed);
  return { seed, plan: { workloads: plan.workloads.filter((name) => !workloads.includes(name)), nemeses: plan.nemeses.filter((nemesis) => !nemeses.includes(nemesis)) } };
}

/** Before there were soft actors, before there were reminders, and before there were playlists and operators. */
const hard = (seed: number): Pinned => without(seed, ["soft"], mirrorNemeses);
const unreminded = (seed: number): Pinned => without(seed, ["soft", "reminders"], mirrorNemeses);
const alone = (seed: number): Pinned => ({ seed, plan: { ...without(seed, [], [...mirrorNemeses, ...operatorNemeses]).plan, workloads: ["log"] } });

/** Soft actors alone. */
const soft = (seed: number): Pinned => ({ seed, plan: { workloads: ["soft"] } });

/** Releases that fail or take effect late, while nodes come and go: readers must not read at the former owner. */
const failingReleases: Partial<Plan> = {
  workloads: ["log"],
  limits: { leaseMs: 3_000, renewMs: 1_000, leaseMarginMs: 300, lookMs: 1_000, viewMs: 700, attemptMs: 1_000, retryMs: 10, retryMaxMs: 200, drainMs: 1_000 },
  shards: 2, nodes: 3, actors: 1, callers: 16, readers: 14, thinkMs: 5, leadsAway: true, nemeses: ["join", "stop", "crash"], nemesisMs: 400, stormMs: 14_000,
  network: { drop: 0.6, duplicate: 0, slow: 0.1, slowMs: 500, delayMs: 1 },
  store: { only: ["release"], failBefore: 0, failAfter: 0.3, late: 0.3, slow: 0, slowMs: 300, delayMs: 1 },
};

export const regressions: readonly Regression[] = [
  { ...alone(1), found: "a reply of undefined was lost on the wire" },
  { ...alone(57), found: "a claim whose answer was lost left a shard without an owner" },
  { ...alone(148), found: "a call waited for the store beyond its deadline" },
  { ...alone(295), found: "a node that heard of others before its start had ended joined twice, and kept what the first life owned" },
  { ...alone(359), found: "an append whose outcome was unknown took effect after its events were trimmed" },
  { seed: 17, plan: failingReleases, found: "a release of unknown outcome left readers at the former owner" },
  { seed: 30, plan: failingReleases, found: "a release of unknown outcome left readers at the former owner" },
  { seed: 34, plan: failingReleases, found: "a release of unknown outcome left readers at the former owner" },
  { ...unreminded(164), found: "an operation that was decided and not committed yet was forgotten, and refused when it came again" },
  { ...unreminded(75), found: "two questions to the journal about one call followed each other for ever" },
  { ...unreminded(2621), found: "the journal's key refused a repeated call's operations in turns" },
  { ...unreminded(5), found: "a packed playlist forgot vector clocks later than one that had not been packed" },
  { ...hard(6349), found: "a playlist that was loaded from a snapshot wanted no compaction where one that had lived on did" },
  { ...unreminded(1780), found: "an undo put a removed item elsewhere in a copy" },
  { ...soft(6), found: "a soft actor's numbers fell when it went, its node's clock went back and the mirror was lost" },
  { ...soft(8), found: "an event log that was away for long was an actor's failure, not a call to repeat" },
  { ...soft(54), found: "a soft actor made room while its copy was under way" },
  { ...soft(232), found: "a hand-over did not wait for the turns of calls that had waited for a load" },
  { ...soft(12838), found: "a busy soft actor was not mirrored for as long as it waited for the log at each save" },
];

export const shown: readonly Shown[] = [
  { ...unreminded(1190), shows: "a node died between a commit and its answer while it gave the shard away" },
  { ...unreminded(69), shows: "a node died between a commit and its answer" },
  { ...unreminded(34), shows: "a shard was moved while its actors had calls waiting" },
  { ...unreminded(123), shows: "a node was drained while its actors had calls waiting" },
  { ...unreminded(32), shows: "a release was told to have failed and took effect" },
  { ...unreminded(71), shows: "a reader asked for events that were forgotten" },
  { ...unreminded(30), shows: "an undo was asked for again and answered" },
  { ...unreminded(4), shows: "positions ran out within a call" },
  { ...hard(36), shows: "a reminder was set at one owner and came at another" },
  { ...soft(13), shows: "an operation of a soft actor came again at another owner and was answered as the first time" },
  { ...soft(23), shows: "a soft actor began anew since the mirror was lost" },
];
