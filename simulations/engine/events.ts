/**
 * The events to come: at a time, an action and what it is told. Nothing is allocated per event: action and argument lie in slots that
 * are used again. A cancelled event stays in the heap until its time, or until such events are the greater part of it.
 */
import { BoundExceeded } from "./errors.ts";
import { grownInts, Heap } from "./heap.ts";

export type Action<A> = (argument: A) => void;

/** Ids of events carry the slot below and above it which push the event was: an id that was kept too long cancels nothing. */
const slotsMax = 2 ** 24;
const pushes = 2 ** 29;
/** Fewer cancelled events than this are not worth a sweep. */
const sweepLeast = 1_024;
/** The action of a slot that is free, or whose event was cancelled. Slots keep nothing else of it: at 100,000 pending each array costs a cache miss. */
const none: Action<never> = () => {
  throw new Error("an event that is not pending was fired");
};

export class Events {
  readonly #heap = new Heap();
  readonly #actions: Action<never>[] = [];
  readonly #arguments: unknown[] = [];
  readonly #pendingMax: number;
  #free = new Int32Array(64);
  #freed = 0;
  #cancelled = 0;

  /** `pendingMax`: up to 2^24. */
  constructor(pendingMax: number) {
    this.#pendingMax = Math.min(pendingMax, slotsMax);
  }

  /** Without those that were cancelled. */
  get pending(): number {
    return this.#heap.length - this.#cancelled;
  }

  /** When the next is due; infinity without one. */
  get nextS(): number {
    if (this.#cancelled > 0) this.#dropCancelled();
    return this.#heap.topKey;
  }

  /** Answers the slot, which `idOf` makes an id of. */
  add<A>(timeS: number, action: Action<A>, argument: A): number {
    const slot = this.#freed > 0 ? (this.#free[--this.#freed] as number) : this.#newSlot();
    this.#actions[slot] = action;
    this.#arguments[slot] = argument;
    this.#heap.push(timeS, slot);
    return slot;
  }

  idOf(slot: number): number {
    return (this.#heap.orderOf(slot) % pushes) * slotsMax + slot;
  }

  /** The slot of the next event, which `nextS` has looked for. */
  get top(): number {
    return this.#heap.top;
  }

  actionOf(slot: number): Action<unknown> {
    return this.#actions[slot] as Action<unknown>;
  }

  argumentOf(slot: number): unknown {
    return this.#arguments[slot];
  }

  /** Removes the next event. */
  drop(): void {
    this.#release(this.#heap.pop());
  }

  /** False when it has fired or was cancelled before. */
  cancel(id: number): boolean {
    const slot = id % slotsMax;
    if (!(id >= 0) || slot >= this.#actions.length || this.#actions[slot] === none || this.idOf(slot) !== id) return false;
    this.#actions[slot] = none;
    this.#arguments[slot] = undefined;
    this.#cancelled++;
    if (this.#cancelled >= sweepLeast && this.#cancelled * 2 > this.#heap.length) this.#sweep();
    return true;
  }

  #release(slot: number): void {
    this.#actions[slot] = none;
    this.#free[this.#freed++] = slot;
  }

  #dropCancelled(): void {
    while (this.#heap.length > 0 && this.#actions[this.#heap.top] === none) {
      this.#release(this.#heap.pop());
      this.#cancelled--;
    }
  }

  #sweep(): void {
    this.#heap.retain((slot) => {
      const isKept = this.#actions[slot] !== none;
      if (!isKept) this.#release(slot);
      return isKept;
    });
    this.#cancelled = 0;
  }

  #newSlot(): number {
    const slot = this.#actions.length;
    if (slot >= this.#pendingMax) throw new BoundExceeded("pendingMax", this.#pendingMax, "more events are pending than the run may keep in memory");
    if (slot === this.#free.length) this.#free = grownInts(this.#free, slot + 1);
    this.#actions.push(none);
    this.#arguments.push(undefined);
    return slot;
  }
}
