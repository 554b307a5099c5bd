/** What truly happened in the store, in order, whatever anybody was told: the checkers hold everything else against it. */
import type { StoredEvent } from "../../actors/runtime/definition.ts";
import type { StoredState } from "../../actors/runtime/load.ts";
import type { ActorSnapshot, JournalAppend, Lease, ShardOwner } from "../../storage/ports.ts";

export interface Committed {
  /** Simulated ms. */
  readonly at: number;
  /** Number of the append that brought it. */
  readonly append: number;
  /** Who wrote: node and life. */
  readonly writer: string;
  /** Its key. */
  readonly actor: string;
  readonly shard: string;
  readonly epoch: number;
  readonly seq: number;
  readonly opId: string;
  /** What the operation was about, from the event itself where it says so: stays the same under another opId. */
  readonly item: string;
  readonly body: StoredEvent;
}

/** A state that was saved. */
export interface Saved {
  readonly at: number;
  /** Its key. */
  readonly actor: string;
  readonly seq: number;
  readonly body: StoredState;
}

/** Somebody saw that a shard had this owner in this epoch. */
export interface Owned {
  readonly at: number;
  readonly shard: string;
  readonly owner: string | null;
  readonly epoch: number;
  /** Node and life, when it is the owner's own claim. */
  readonly claimedBy: string | undefined;
}

const keyOf = (actor: string): string => actor.slice(actor.indexOf("/") + 1);

export const lifeOf = ({ node, incarnation }: Lease): string => `${node}#${incarnation}`;

export class Ledger {
  readonly commits: Committed[] = [];
  readonly owned: Owned[] = [];
  readonly snapshots: Saved[] = [];
  /** When a life began, told or not: the one before it under this name has ended. */
  readonly joins: { readonly at: number; readonly node: string }[] = [];
  /** Appends that the store refused because their writer's time was over. */
  refusedWrites = 0;
  #appends = 0;
  readonly #seen = new Map<string, string>();

  committed(at: number, lease: Lease, events: readonly JournalAppend[]): void {
    const append = this.#appends++;
    for (const { actor, shard, epoch, seq, opId, body } of events) {
      const stored = JSON.parse(body) as StoredEvent;
      const { item, opId: own } = stored.e as { readonly item?: string; readonly opId?: string };
      this.commits.push({ at, append, writer: lifeOf(lease), actor: keyOf(actor), shard, epoch, seq, opId, item: item ?? own ?? opId, body: stored });
    }
  }

  saved(at: number, actor: string, { seq, body }: ActorSnapshot): void {
    this.snapshots.push({ at, actor: keyOf(actor), seq, body: body as StoredState });
  }

  /** Keeps what is new. `lease`: whose claim this is the answer of. */
  saw(at: number, shards: readonly ShardOwner[], lease?: Lease): void {
    for (const { shard, owner, epoch } of shards) {
      const claimedBy = lease !== undefined && owner === lease.node ? lifeOf(lease) : undefined;
      const what = `${owner} ${epoch} ${claimedBy}`;
      if (this.#seen.get(shard) === what) continue;
      this.#seen.set(shard, what);
      this.owned.push({ at, shard, owner, epoch, claimedBy });
    }
  }
}
