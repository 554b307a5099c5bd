/**
 * What a workload is: what it needs of the cluster, and a load that begins on it, goes on until the run is over, and says in the end
 * which promises were broken. Those of playlists differ in what callers do alone (playlists.ts).
 */
import type { ServiceBroker } from "moleculer";
import type { Violation } from "../check/violation.ts";
import type { ChaosCluster } from "../cluster.ts";
import type { History } from "../history.ts";
import type { Seeded } from "../random.ts";

export interface Workload {
  /** Services of each node under test. */
  readonly services: readonly string[];
  readonly gateways: number;
  /** Whether its actors append to the journal: then faults can catch an append under way, and a run without a refused one proves less. */
  readonly hasJournal: boolean;
  /** Least and longest time between two faults, ms. Absent: as short as it is useful. */
  readonly betweenMs?: readonly [number, number];
  begin(stage: Stage): Promise<Load>;
}

/** What a load has to do with. */
export interface Stage {
  readonly cluster: ChaosCluster;
  /** A node of the harness's own that hosts nothing: its router finds the owners, as a gateway's does. */
  readonly broker: ServiceBroker;
  readonly random: Seeded;
  readonly history: History;
  /** Nothing new is begun any more. */
  isOver(): boolean;
  /** Nobody waits for an answer longer than until then (history's clock). */
  giveUpAt(): number;
  /** Called when the run is over, however it ends. */
  onEnd(end: () => unknown): void;
}

export interface Load {
  /** Who does what, for people. */
  readonly about: string;
  /** Shards that it works on. */
  readonly shards: readonly string[];
  /** The shard of what an operation is about. */
  shardOf(subject: string): string;
  /** Works until the stage is over. */
  run(): Promise<void>;
  /** A fault begins. */
  struck?(): void;
  /** It is healed; the next one waits for this. */
  healed?(): Promise<void>;
  /** What was found when everything has come to rest. */
  finish(): Promise<Findings>;
}

export interface Findings {
  readonly violations: readonly Violation[];
  /** Calls that were sent twice on purpose. */
  readonly sentTwice: number;
  /** Further counts, for the report. */
  readonly figures?: Readonly<Record<string, number>>;
  /** Why the run proves less than its name says. */
  readonly vacuous: readonly string[];
}
