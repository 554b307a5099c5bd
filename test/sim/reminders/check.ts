/**
 * Reminders: told by an actor's journal alone, which holds each setting, cancelling and coming in their order. Each comes once,
 * at its time or later, and not when it was cancelled or set anew before; the store's rows are what the journal leaves; and when the
 * world has been well for a while, none is late.
 */
import type { Reminder } from "../../../storage/ports.ts";
import { byActor } from "../checkers/evidence.ts";
import type { Violation } from "../history.ts";
import type { Committed } from "../ledger.ts";
import { isSilent, timerActor, type TimerEvent } from "./actor.ts";

export interface ReminderEvidence {
  readonly commits: readonly Committed[];
  /** The rows of an actor at the end. */
  readonly rows: ReadonlyMap<string, readonly Reminder[]>;
  /** Wall time of the simulated world's moment 0, and how wrong clocks may be. */
  readonly born: number;
  readonly skewMs: number;
  /** What was due before, by every clock, has come. Undefined: clocks are too wrong for that. */
  readonly comeBy: number | undefined;
}

export function checkReminders({ commits, rows, born, skewMs, comeBy }: ReminderEvidence): Violation[] {
  const violations: Violation[] = [];
  const wrong = (message: string) => violations.push({ checker: "reminders", message });
  for (const [actor, events] of byActor(commits.filter(({ shard }) => shard.startsWith(`${timerActor.type}/`)))) {
    const due = new Map<string, number>();
    for (const { body, seq, at } of events.toSorted((one, other) => one.seq - other.seq)) {
      const event = body.e as TimerEvent;
      const { name } = event;
      switch (event.is) {
        case "set":
          due.set(name, event.at);
          break;
        case "cancelled":
          due.delete(name);
          break;
        case "came":
          if (due.get(name) !== event.dueAt) wrong(`event ${seq} of ${actor}: ${name} came, due at ${event.dueAt}, when it was ${due.has(name) ? `set for ${due.get(name)}` : "not set"}`);
          if (body.at < event.dueAt || born + at + skewMs < event.dueAt) wrong(`event ${seq} of ${actor}: ${name} came at ${body.at}, before ${event.dueAt}`);
          due.delete(name);
          if (event.again !== undefined) due.set(name, event.again);
          break;
      }
    }
    const left = new Map(rows.get(actor)?.map(({ name, dueAt }) => [name, dueAt]));
    for (const [name, dueAt] of due) {
      if (left.get(name) !== dueAt && !(isSilent(name) && !left.has(name))) wrong(`${name} of ${actor} is set for ${dueAt}, and its row says ${left.get(name) ?? "nothing"}`);
      else if (left.has(name) && comeBy !== undefined && dueAt < comeBy) wrong(`${name} of ${actor} was due at ${dueAt} and did not come until ${comeBy}`);
    }
    for (const [name, dueAt] of left) if (!due.has(name)) wrong(`${name} of ${actor} has a row, due at ${dueAt}, and is not set`);
  }
  return violations;
}
