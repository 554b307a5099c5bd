/** Saves actors' states behind the commits, so that loading replays little, and trims what a snapshot made superfluous. */
import type { ActorStore } from "../../storage/index.ts";
import type { Activation } from "./activation.ts";
import type { Limits } from "./limits.ts";
import type { StoredState } from "./load.ts";
import { actorName } from "./placement.ts";

interface Parts {
  readonly store: ActorStore;
  readonly limits: Limits;
  failed(error: unknown): void;
}

interface Taken {
  readonly name: string;
  readonly seq: number;
  readonly state: StoredState;
}

export class Snapshots {
  readonly #parts: Parts;
  /** Taken from provisional states: saved when the events in them are committed, which those of a dropped activation never are. */
  readonly #held = new Map<Activation, Taken>();
  #saving = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** To be called after each commit of `activation`. */
  consider(activation: Activation): void {
    const { limits } = this.#parts;
    const held = this.#held.get(activation);
    if (held !== undefined) {
      if (activation.committed < held.seq) return;
      this.#held.delete(activation);
      void this.#save(held);
      return;
    }
    if (activation.committed - activation.snapshotSeq < limits.snapshotEvery || this.#saving + this.#held.size >= limits.saving) return;
    activation.snapshotSeq = activation.seq;
    const taken = { name: actorName(activation.type.type, activation.key), seq: activation.seq, state: { v: activation.type.stateVersion, s: activation.packedState(), at: activation.lastAt } };
    if (activation.committed >= taken.seq) void this.#save(taken);
    else {
      for (const [other] of this.#held) if (other.isGone) this.#held.delete(other);
      this.#held.set(activation, taken);
    }
  }

  async #save({ name, seq, state }: Taken): Promise<void> {
    const { store, limits, failed } = this.#parts;
    this.#saving += 1;
    try {
      await store.saveSnapshot(name, { seq, body: state });
      // Not at every snapshot: a delete of a few rows costs nearly as much as one of many.
      const isTime = seq > limits.eventsKept && seq % (5 * limits.snapshotEvery) < limits.snapshotEvery;
      if (isTime) await store.trim(name, seq - limits.eventsKept);
    } catch (error) {
      // The journal has it all; the next snapshot is due soon.
      failed(error);
    } finally {
      this.#saving -= 1;
    }
  }
}
