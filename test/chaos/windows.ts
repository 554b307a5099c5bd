/**
 * When each fault was felt, and by which shards: those that the node had which the fault took away, or that it got which came. Gaps are
 * counted by these (check/gaps.ts).
 */
import { setTimeout as pause } from "node:timers/promises";
import type { ChaosCluster } from "./cluster.ts";
import type { Window } from "./check/gaps.ts";

/** Nodes look for what is theirs twice a second: what has not moved for so long has come to rest. */
const restMs = 700;
const restWithinMs = 20_000;
const pollMs = 50;

export class Windows {
  readonly list: Window[] = [];
  readonly #cluster: ChaosCluster;
  readonly #now: () => number;

  constructor(cluster: ChaosCluster, now: () => number) {
    this.#cluster = cluster;
    this.#now = now;
  }

  /** A fault that takes away what `node` owns, from now until `work` is done. */
  async leaving<T>(kind: string, node: string, work: () => Promise<T>): Promise<T> {
    const shards = await this.#cluster.shardsOf(node);
    return this.during(kind, shards, work);
  }

  /** A fault that brings `node` shards: from now until `work` is done and everything has come to rest. */
  async coming<T>(kind: string, node: string, work: () => Promise<T>): Promise<T> {
    const before = await this.#cluster.shardsOf(node);
    const from = this.#now();
    const done = await work();
    await this.rest();
    const now = await this.#cluster.shardsOf(node);
    this.list.push({ kind, from, to: this.#now(), shards: new Set([...now].filter((shard) => !before.has(shard))) });
    return done;
  }

  /** A fault that is felt by `shards`; undefined: by all. */
  async during<T>(kind: string, shards: ReadonlySet<string> | undefined, work: () => Promise<T>): Promise<T> {
    const from = this.#now();
    try {
      return await work();
    } finally {
      this.list.push({ kind, from, to: this.#now(), shards });
    }
  }

  /** Resolves when every shard has an owner and none has moved for a while. Bounded. */
  async rest(): Promise<void> {
    let last = "";
    let since = this.#now();
    for (const until = since + restWithinMs; this.#now() < until && this.#now() - since < restMs; await pause(pollMs)) {
      const [row] = await this.#cluster.ask<{ seen: string }>("select coalesce(sum(epoch), 0) || ' ' || count(*) filter (where life is null or life not in (select incarnation from node where lease_until > clock_timestamp())) as seen from shard");
      const seen = row?.seen ?? "";
      if (seen !== last || !seen.endsWith(" 0")) since = this.#now();
      last = seen;
    }
  }
}
