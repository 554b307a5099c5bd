/** What truly happened in the store, in order, whatever anybody was told: the checkers hold everything else against it. */
import type { JournalAppend, Lease, ShardOwner } from "../../storage/ports.ts";

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
  /** What the operation was about, from the event itself: stays the same under another opId. */
  readonly item: string;
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

export const lifeOf = ({ node, incarnation }: Lease): string => `${node}#${incarnation}`;

export class Ledger {
  readonly commits: Committed[] = [];
  readonly owned: Owned[] = [];
  /** Appends that the store refused because their writer's time was over. */
  refusedWrites = 0;
  #appends = 0;
  readonly #seen = new Map<string, string>();

  committed(at: number, lease: Lease, events: readonly JournalAppend[]): void {
    const append = this.#appends++;
    for (const { actor, shard, epoch, seq, opId, body } of events) {
      const { e } = JSON.parse(body) as { e: { item: string } };
      this.commits.push({ at, append, writer: lifeOf(lease), actor: actor.slice(actor.indexOf("/") + 1), shard, epoch, seq, opId, item: e.item });
    }
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
