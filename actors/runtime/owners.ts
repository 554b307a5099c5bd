/** Who owns which shard, as far as this node knows. A higher epoch is newer; hints and polls may come in any order. */
import type { ShardOwner } from "./ports.ts";

export class Owners {
  readonly #owners = new Map<string, ShardOwner>();
  readonly #onChange: (was: ShardOwner, is: ShardOwner) => void;

  /** `onChange` is told when a shard that was known gets another owner. */
  constructor(onChange: (was: ShardOwner, is: ShardOwner) => void) {
    this.#onChange = onChange;
  }

  get(shard: string): ShardOwner | undefined {
    return this.#owners.get(shard);
  }

  learn(news: readonly ShardOwner[]): void {
    for (const { shard, owner, epoch } of news) {
      const known = this.#owners.get(shard);
      if (known !== undefined && (known.epoch > epoch || (known.epoch === epoch && known.owner === owner))) continue;
      const is = { shard, owner, epoch };
      this.#owners.set(shard, is);
      if (known !== undefined && known.owner !== owner) this.#onChange(known, is);
    }
  }

  all(): ShardOwner[] {
    return [...this.#owners.values()];
  }
}
