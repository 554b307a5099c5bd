/**
 * Reminders as an actor's memory has them: what its turns may ask for, and the turn that one leads to when it is due.
 *
 * The memory knows every reminder of the actor, loaded with the state and changed by its turns, so it alone says whether a
 * delivery still means something: one that was cancelled, set anew or had its effect is gone, whatever row made the node deliver it.
 */
import { isReminderName, isTime, type Reminder } from "../../storage/index.ts";
import type { AnyActorType } from "./activation.ts";
import type { Decided, Remind, Reminded, Turn } from "./definition.ts";
import { ReminderRefused } from "./errors.ts";
import type { Limits } from "./limits.ts";
import { isRefusal } from "./refusal.ts";

/** The method by which a node calls an actor of its own: no action has it. */
export const reminderMethod = "~reminded";
/** OpIds of events that reminders led to. Nobody else may use such. */
const opIdPrefix = "~r";
export const isReminderOpId = (opId: string): boolean => opId.startsWith(opIdPrefix);

/** A reminder without its name. */
export type Held = Omit<Reminder, "name">;
/** What becomes of a reminder; null: it is no more. */
export type ReminderTo = readonly [name: string, to: Held | null];

/** Parameters of a delivery. */
export interface Delivery extends Pick<Reminder, "name" | "dueAt" | "seq"> {
  /** Why the turn could not be carried out the last time, when it broke the actor's memory: it has failed. */
  readonly broke: Error | undefined;
}

/** How a delivery ended. `gone`: there is no such reminder any more. `early`: the actor's time is not there yet. */
export type Delivered =
  | { readonly is: "done" | "refused" | "gone" }
  | { readonly is: "early"; readonly nextAt: number }
  | { readonly is: "failed"; readonly error: unknown; readonly failures: number; readonly nextAt: number | null };

interface Memory {
  readonly type: AnyActorType;
  /** The actor's reminders. */
  readonly held: ReadonlyMap<string, Held> | undefined;
  readonly limits: Limits;
}

/** What a turn asks for, whose last event has the number `seq`. Throws ReminderRefused. */
export function remindersAsked(asked: readonly Remind[], seq: number, { type, held, limits }: Memory): ReminderTo[] {
  if (type.reminded === undefined) throw new ReminderRefused(`${type.type} has no turn for reminders.`);
  if (asked.length > limits.remindersPerTurn) throw new ReminderRefused(`A turn sets or cancels at most ${limits.remindersPerTurn} reminders.`);
  const names = new Set(held?.keys());
  for (const { name, at } of asked) {
    if (!isReminderName(name)) throw new ReminderRefused("A reminder's name is too long, or empty.");
    if (at === undefined) names.delete(name);
    else if (isTime(at)) names.add(name);
    else throw new ReminderRefused("A reminder's time is in whole milliseconds since 1970.");
  }
  if (names.size > limits.remindersPerActor) throw new ReminderRefused(`An actor has at most ${limits.remindersPerActor} reminders.`);
  return asked.map(({ name, at }): ReminderTo => [name, at === undefined ? null : { dueAt: at, seq, failures: 0, nextAt: at }]);
}

interface Delivering {
  readonly events: readonly Decided<unknown>[];
  readonly reply: Delivered;
  readonly changes: readonly ReminderTo[];
}

/** The turn of a delivery. Never throws. */
export function deliver(state: unknown, { name, dueAt, seq, broke }: Delivery, turn: Turn, memory: Memory): Delivering {
  const { type, held, limits } = memory;
  const reminder = held?.get(name);
  if (reminder === undefined || reminder.seq !== seq || reminder.dueAt !== dueAt || reminder.nextAt === null) return { events: [], reply: { is: "gone" }, changes: [] };
  if (turn.now < reminder.nextAt) return { events: [], reply: { is: "early", nextAt: reminder.nextAt }, changes: [] };
  try {
    if (broke !== undefined) throw broke;
    const decided = decide(state, { name, dueAt }, turn, type);
    if (decided === undefined) return { events: [], reply: { is: "refused" }, changes: [[name, null]] };
    // A name and the event it was set with are never together again, so neither is such an id.
    const events = decided.events.map((event, at) => ({ opId: `${opIdPrefix}${seq.toString(36)}.${at} ${name}`, event }));
    const changes = decided.reminders === undefined ? [] : remindersAsked(decided.reminders, turn.version + events.length, memory);
    return { events, reply: { is: "done" }, changes: [[name, null], ...changes] };
  } catch (error) {
    const failures = reminder.failures + 1;
    const pauseMs = Math.min(limits.reminderRetryMaxMs, limits.reminderRetryMs * 2 ** (failures - 1));
    const nextAt = failures < limits.reminderAttempts ? turn.now + pauseMs : null;
    return { events: [], reply: { is: "failed", error, failures, nextAt }, changes: [[name, { ...reminder, failures, nextAt }]] };
  }
}

/** Undefined: the actor refused. */
function decide(state: unknown, reminder: { readonly name: string; readonly dueAt: number }, turn: Turn, type: AnyActorType): Reminded<unknown> | undefined {
  if (type.reminded === undefined) throw new ReminderRefused(`${type.type} has no turn for reminders.`);
  try {
    return type.reminded(state, reminder, turn);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}
