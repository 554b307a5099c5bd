/** What the runtime of this process did, for /metrics and the console. */
import type { Hooks } from "./ports.ts";

export class Counters implements Required<Hooks> {
  readonly turns = new Map<string, number>();
  readonly refusals = new Map<string, number>();
  readonly loads = new Map<string, number>();
  readonly retries = new Map<string, number>();
  /** Reminders that had their effect, and how late they were, all together. */
  reminders = 0;
  remindersLateMs = 0;
  reminderFailures = 0;
  /** Reminders that nobody tries any more. */
  remindersGivenUp = 0;
  events = 0;
  commits = 0;
  commitMs = 0;
  /** Activations whose write the store refused. */
  fencedWrites = 0;
  loadMs = 0;

  turn(type: string): void {
    count(this.turns, type);
  }

  committed(events: number, ms: number): void {
    this.events += events;
    this.commits += 1;
    this.commitMs += ms;
  }

  fenced(activations: number): void {
    this.fencedWrites += activations;
  }

  refused(type: string): void {
    count(this.refusals, type);
  }

  loaded(type: string, ms: number): void {
    count(this.loads, type);
    this.loadMs += ms;
  }

  retried(reason: string): void {
    count(this.retries, reason);
  }

  reminded(_type: string, lateMs: number): void {
    this.reminders += 1;
    this.remindersLateMs += lateMs;
  }

  reminderFailed(_type: string, isLast: boolean): void {
    this.reminderFailures += 1;
    if (isLast) this.remindersGivenUp += 1;
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
