/**
 * Brings this node's actors their reminders when they are due: late perhaps, never lost, and each to its effect once.
 *
 *   row in the store --a look--> held --due--> being delivered --committed--> gone
 *                                 ^                  |
 *                                 +---- a pause <----+ not tried (shard on the move, no room, store away)
 *
 * One look in a while asks the store for what is due soon in the node's shards; what its own actors set meanwhile it hears of
 * at their commit. What is held here is a hint and may be old, doubled or lost: the row stays until the commit that
 * carries the effect, the next look finds it, and the actor's memory says what still means something (reminder-turn.ts). So a
 * node that dies, loses a shard or misses a commit costs time alone, and an actor that waits for a year costs its row.
 */
import type { ActorStore, Reminder } from "../../storage/index.ts";
import type { Activation, AnyActorType } from "./activation.ts";
import type { Answer, Call, Refusal } from "./call.ts";
import { ReminderFailed } from "./errors.ts";
import type { Limits } from "./limits.ts";
import { actorName } from "./placement.ts";
import type { Clock, Hooks } from "./ports.ts";
import { runtimeErrorOf } from "./refusal.ts";
import { reminderMethod, type Delivered, type Delivery, type ReminderTo } from "./reminder-turn.ts";

export interface RemindersParts {
  readonly types: readonly AnyActorType[];
  readonly store: ActorStore;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly hooks: Hooks;
  /** Shards whose actors this node may run now. */
  owned(): readonly string[];
  /** Runs a call on an actor of this node. Never rejects. */
  deliver(call: Call): Promise<Answer>;
  /** For the log. */
  failed(error: unknown): void;
}

/** A reminder that is due soon. */
interface Held extends Pick<Reminder, "name" | "dueAt" | "seq"> {
  readonly type: string;
  readonly key: string;
  /** When to deliver it, ms since 1970. */
  at: number;
  /** Deliveries that could not be tried, in a row; and until when it rests after the last, monotonic. */
  pauses: number;
  restsUntil: number;
  /** Why its turn could not be carried out the last time. */
  broke: Error | undefined;
}

const idOf = (actor: string, name: string): string => JSON.stringify([actor, name]);

export class Reminders {
  readonly #parts: RemindersParts;
  /** Of types that have a turn for them. Without one nothing runs here. */
  readonly #types: ReadonlySet<string>;
  readonly #held = new Map<string, Held>();
  /** Those that wait for their time, the first first; those that rest. The others of `held` are being delivered. */
  readonly #queue: Held[] = [];
  readonly #resting = new Set<Held>();
  #delivering = 0;
  /** Those due before this time are held, or being asked for; wall clock. */
  #until = 0;
  /** The same, of a look that was answered. */
  #seenUntil = Infinity;
  /** There are more than a look brought, and some of those have had their effect since. */
  #hasMore = false;
  #hasEffect = false;
  #isLooking = false;
  #again = false;
  /** Changed while a look is under way: it may not know. */
  readonly #changed = new Set<string>();
  /** When the next look is due; monotonic. */
  #lookAt = 0;
  #cancel: () => void = () => {};
  #isRunning = false;

  constructor(parts: RemindersParts) {
    this.#parts = parts;
    this.#types = new Set(parts.types.filter(({ reminded }) => reminded !== undefined).map(({ type }) => type));
  }

  start(): void {
    if (this.#types.size === 0) return;
    this.#isRunning = true;
    this.#seenUntil = this.#parts.clock.wall();
    this.#lookAt = this.#parts.clock.now() + this.#parts.limits.reminderPollMs;
    this.#wake();
  }

  stop(): void {
    this.#isRunning = false;
    this.#cancel();
    this.#held.clear();
    this.#queue.length = 0;
    this.#resting.clear();
  }

  /** Reminders of which this node knows that they are due soon, those being delivered included. */
  get held(): number {
    return this.#held.size;
  }

  /** How late the oldest is that is due and has not had its effect; when nobody answers looks, how long nothing is known. */
  latenessMs(): number {
    if (!this.#isRunning) return 0;
    const wall = this.#parts.clock.wall();
    let first = this.#seenUntil;
    for (const { dueAt, at } of this.#held.values()) if (at <= wall) first = Math.min(first, dueAt);
    return Math.max(0, wall - first);
  }

  /** Looks now: this node has new shards, whose reminders it does not know. */
  look(): void {
    if (!this.#isRunning) return;
    if (this.#isLooking) this.#again = true;
    else void this.#look();
  }

  /** A commit of this node changed reminders of an actor. */
  changed({ type: { type }, key }: Pick<Activation, "type" | "key">, changes: readonly ReminderTo[]): void {
    if (!this.#isRunning) return;
    for (const [name, to] of changes) {
      const id = idOf(actorName(type, key), name);
      if (this.#isLooking) this.#changed.add(id);
      this.#forget(id);
      if (to === null || to.nextAt === null || to.nextAt > this.#until) continue;
      if (this.#held.size < 2 * this.#parts.limits.remindersHeld) this.#hold(id, { type, key, name, dueAt: to.dueAt, seq: to.seq, at: to.nextAt, pauses: 0, restsUntil: 0, broke: undefined });
      else this.#hasMore = true;
    }
    this.#wake();
  }

  async #look(): Promise<void> {
    const { store, clock, limits, failed, owned } = this.#parts;
    this.#isLooking = true;
    this.#again = false;
    this.#hasEffect = false;
    this.#changed.clear();
    this.#until = clock.wall() + 2 * limits.reminderPollMs;
    const until = this.#until;
    try {
      const shards = owned().filter((shard) => this.#types.has(typeOf(shard)));
      const { reminders, more } = shards.length === 0 ? { reminders: [], more: false } : await store.dueReminders(shards, until, limits.remindersHeld);
      for (const { actor, name, dueAt, seq, nextAt } of reminders) {
        const id = idOf(actor, name);
        if (!this.#isRunning || this.#held.has(id) || this.#changed.has(id)) continue;
        this.#hold(id, { type: typeOf(actor), key: actor.slice(typeOf(actor).length + 1), name, dueAt, seq, at: nextAt ?? dueAt, pauses: 0, restsUntil: 0, broke: undefined });
      }
      this.#hasMore = more;
      this.#seenUntil = until;
    } catch (error) {
      this.#hasMore = false;
      failed(error);
    }
    this.#isLooking = false;
    this.#lookAt = clock.now() + (this.#hasMore ? limits.reminderRestMs : limits.reminderPollMs);
    if (this.#again) this.look();
    this.#wake();
  }

  /** Delivers what is due, as many at a time as may be, and comes back when the next is, or the next look. */
  #wake(): void {
    if (!this.#isRunning) return;
    this.#cancel();
    const { clock, limits } = this.#parts;
    const [now, wall] = [clock.now(), clock.wall()];
    for (const held of this.#resting) if (held.restsUntil <= now) this.#enqueue(held);
    const hasRoom = () => this.#delivering < limits.remindersAtOnce;
    for (let first = this.#queue[0]; first !== undefined && first.at <= wall && hasRoom(); first = this.#queue[0]) {
      this.#queue.shift();
      void this.#deliver(first);
    }
    const [first] = this.#queue;
    const isDone = this.#hasMore && this.#hasEffect && first === undefined && this.#delivering === 0;
    const lookMs = this.#isLooking ? Infinity : isDone ? 0 : this.#lookAt - now;
    if (lookMs <= 0) {
      this.look();
      return;
    }
    const dueMs = first === undefined || !hasRoom() ? Infinity : first.at - wall;
    const restMs = this.#resting.size === 0 ? Infinity : limits.reminderRestMs;
    // Whatever the clocks do meanwhile: it is never long until it looks at them again.
    this.#cancel = clock.after(Math.max(1, Math.min(lookMs, dueMs, restMs, limits.reminderPollMs)), () => this.#wake());
  }

  async #deliver(held: Held): Promise<void> {
    const { type, key, name, dueAt, seq, broke } = held;
    const params: Delivery = { name, dueAt, seq, broke };
    this.#delivering += 1;
    const answer = await this.#parts.deliver({ type, key, method: reminderMethod, params, meta: {} });
    this.#delivering -= 1;
    if ("ok" in answer) this.#delivered(held, answer.ok as Delivered);
    else this.#notDelivered(held, answer.error);
    this.#wake();
  }

  #delivered(held: Held, delivered: Delivered): void {
    const { hooks, clock, failed } = this.#parts;
    const { type, key, name, dueAt } = held;
    const id = idOf(actorName(type, key), name);
    if (delivered.is === "early" && this.#held.get(id) === held) {
      held.at = delivered.nextAt;
      this.#enqueue(held);
      return;
    }
    this.#forget(id, held);
    if (delivered.is === "gone" || delivered.is === "early") return;
    this.#hasEffect = true;
    if (delivered.is !== "failed") {
      hooks.reminded?.(type, Math.max(0, clock.wall() - dueAt));
      return;
    }
    const { error, failures, nextAt } = delivered;
    hooks.reminderFailed?.(type, nextAt === null);
    failed(new ReminderFailed(actorName(type, key), name, failures, nextAt, { cause: error }));
  }

  #notDelivered(held: Held, refusal: Refusal): void {
    const { clock, limits } = this.#parts;
    const id = idOf(actorName(held.type, held.key), held.name);
    const said = runtimeErrorOf(refusal);
    // Its new owner finds the row; or it was changed meanwhile.
    if (said?.name === "NotOwner" || this.#held.get(id) !== held) {
      this.#forget(id, held);
      return;
    }
    // What is not the runtime's came from the turn, or from its events: the memory that could count it is gone, so the next one does.
    if (said === undefined) held.broke = new Error(refusal.message);
    held.restsUntil = clock.now() + Math.min(limits.reminderRestMs * 2 ** held.pauses, limits.reminderPollMs);
    held.pauses += 1;
    this.#resting.add(held);
  }

  #hold(id: string, held: Held): void {
    this.#held.set(id, held);
    this.#enqueue(held);
  }

  #enqueue(held: Held): void {
    this.#resting.delete(held);
    const before = this.#queue.findLastIndex(({ at }) => at <= held.at);
    this.#queue.splice(before + 1, 0, held);
  }

  /** `only`: this one, if it is still the one that is held. */
  #forget(id: string, only?: Held): void {
    const held = this.#held.get(id);
    if (held === undefined || (only !== undefined && held !== only)) return;
    this.#held.delete(id);
    this.#resting.delete(held);
    const place = this.#queue.indexOf(held);
    if (place >= 0) this.#queue.splice(place, 1);
  }
}

/** Of a shard or an actor. */
const typeOf = (name: string): string => name.slice(0, name.indexOf("/"));
