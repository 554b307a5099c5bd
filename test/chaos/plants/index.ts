/**
 * Bugs to be caught: each is a module that a node loads before ours, and what is taken out of the database for it. The journal's keys back up
 * the fence and the actors' memory of operations; a bug in one of them alone breaks nothing, so these take both.
 */
import type { NemesisName } from "../schedule.ts";

export interface Plant {
  readonly module: string;
  /** Who loads it. Absent: nodes. */
  readonly in?: "gateways" | "consumer";
  readonly sql: readonly string[];
  /** A run that must see it. */
  readonly workload: string;
  readonly nemesis: NemesisName | "none";
  /** Kinds of broken promises of which it must report one. */
  readonly seenAs: readonly string[];
}

export const plants: Readonly<Record<string, Plant>> = {
  "no-fence": {
    module: "no-fence.ts",
    sql: ["alter table journal drop constraint journal_pkey, drop constraint journal_once", "create index on journal (actor, seq)"],
    workload: "playlist-append",
    nemesis: "partition",
    seenAs: ["split", "duplicated"],
  },
  "early-answer": { module: "early-answer.ts", sql: [], workload: "playlist-append", nemesis: "kill", seenAs: ["lost"] },
  "no-memory": {
    module: "no-memory.ts",
    sql: ["alter table journal drop constraint journal_once"],
    workload: "playlist-edit",
    nemesis: "kill",
    seenAs: ["duplicated", "phantom"],
  },
  "early-log": { module: "early-log.ts", sql: [], workload: "listening-events", nemesis: "kill", seenAs: ["lost"] },
  "log-twice": { module: "log-twice.ts", sql: ["alter table listening_event drop constraint listening_event_pkey"], workload: "listening-events", nemesis: "kill", seenAs: ["duplicated"] },
  "reads-ahead": { module: "reads-ahead.ts", in: "consumer", sql: [], workload: "listening-events", nemesis: "none", seenAs: ["lost"] },
  deaf: { module: "deaf.ts", in: "gateways", sql: [], workload: "now-playing", nemesis: "nats", seenAs: ["state"] },
  "no-stamps": { module: "no-stamps.ts", in: "gateways", sql: [], workload: "now-playing", nemesis: "nats", seenAs: ["duplicated"] },
  immortal: { module: "immortal.ts", sql: [], workload: "now-playing", nemesis: "none", seenAs: ["late"] },
};

/** Node's options that load a planted bug. */
export const nodeOptionsOf = ({ module }: Plant): string => `--disable-warning=ExperimentalWarning --import=${new URL(module, import.meta.url).href}`;
