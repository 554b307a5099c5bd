/**
 * Group commit: events of all actors of this node in one append at a time. What is decided while an append is under way
 * joins the next one; there is no timer. Nobody hears of an event before its append has succeeded.
 */
import { InvalidKey, SequenceConflict, StatementRefused, type ActorStore, type JournalAppend, type Lease, type ReminderChange } from "../../storage/index.ts";
import { actorName } from "./placement.ts";
import type { Activation, Pending } from "./activation.ts";
import type { Limits } from "./limits.ts";
import type { Clock, Hooks } from "./ports.ts";

export interface CommitterParts {
  readonly store: ActorStore;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly hooks: Hooks;
  /** The life that writes; undefined when there is none. */
  lease(): Lease | undefined;
  /** These events are in the journal. One actor's, in order. */
  committed(activation: Activation, events: readonly Pending[]): void;
  /** These actors' events are not in the journal, or nobody knows: their activations are void. */
  failed(activations: ReadonlySet<Activation>, error: unknown): void;
}

export class Committer {
  readonly #parts: CommitterParts;
  /** What each turn decided: committed together or not at all. */
  #turns: (readonly Pending[])[] = [];
  #isFlushing = false;

  constructor(parts: CommitterParts) {
    this.#parts = parts;
  }

  /** Takes what one turn decided. */
  add(events: readonly Pending[]): void {
    if (events.length === 0) return;
    this.#turns.push(events);
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    this.#parts.clock.soon(() => void this.#flush());
  }

  async #flush(): Promise<void> {
    while (this.#turns.length > 0) {
      const batch = this.#take().filter(({ activation }) => !activation.isGone);
      if (batch.length > 0) await this.#commit(batch);
    }
    this.#isFlushing = false;
  }

  /** One commit's worth of whole turns. */
  #take(): Pending[] {
    let count = 0;
    let turns = 0;
    for (const { length } of this.#turns) {
      if (turns > 0 && count + length > this.#parts.limits.commitEvents) break;
      count += length;
      turns += 1;
    }
    return this.#turns.splice(0, turns).flat();
  }

  async #commit(batch: readonly Pending[]): Promise<void> {
    try {
      await this.#append(batch);
    } catch (error) {
      const actors = Map.groupBy(batch, ({ activation }) => activation);
      if (!isOneActors(error) || actors.size === 1) {
        this.#parts.failed(new Set(actors.keys()), error);
        return;
      }
      // One actor's events are there already, or are none that the store takes; the others' are not to suffer for it.
      for (const events of actors.values()) if (events[0]?.activation.isGone === false) await this.#commit(events);
    }
  }

  async #append(batch: readonly Pending[]): Promise<void> {
    const { store, clock, hooks } = this.#parts;
    const lease = this.#parts.lease();
    if (lease === undefined) throw new Error("this node has no lease");
    const started = clock.now();
    if (batch.some(({ reminders }) => reminders !== undefined)) await store.append(lease, batch.filter(({ body }) => body !== undefined).map(appended), batch.flatMap(changes));
    else await store.append(lease, batch.map(appended));
    hooks.committed?.(batch.length, clock.now() - started);
    for (const [activation, events] of Map.groupBy(batch, (event) => event.activation)) this.#parts.committed(activation, events);
  }
}

/** Whether the store refused an append for what is in it: nothing was written, and the writer may go on. */
export const isOneActors = (error: unknown): boolean => error instanceof SequenceConflict || error instanceof InvalidKey || error instanceof StatementRefused;

const appended = ({ activation, seq, opId, body }: Pending): JournalAppend => ({ actor: actorName(activation.type.type, activation.key), shard: activation.shard, epoch: activation.epoch, seq, opId, body: body ?? "" });

const changes = ({ activation, seq, reminders = [] }: Pending): ReminderChange[] => reminders.map(([name, to]) => ({ actor: actorName(activation.type.type, activation.key), shard: activation.shard, epoch: activation.epoch, name, seq: to?.seq ?? seq, to }));
