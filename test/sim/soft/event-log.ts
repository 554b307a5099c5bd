/** The simulated event log: rows by day, user and id, as PostgreSQL keys them, behind each process's way to it. */
import { checkListening } from "../../../storage/event-checks.ts";
import type { EventLog, ListeningEvent } from "../../../storage/ports.ts";
import type { Calls } from "../calls.ts";
import type { SimProcess } from "../process.ts";
import type { Timeline } from "../timeline.ts";
import type { SoftRecord } from "./record.ts";

/** Half a second: midnight comes often, and an event that comes again with another time is another one. */
const dayMs = 500;

const notSimulated = () => Promise.reject(new Error("not simulated"));

export class SimEventLog {
  readonly calls: Calls;
  readonly #rows = new Set<string>();
  readonly #record: SoftRecord;
  readonly #timeline: Timeline;

  constructor(record: SoftRecord, timeline: Timeline, calls: Calls) {
    this.#record = record;
    this.#timeline = timeline;
    this.calls = calls;
  }

  #keep({ at, userId, id, trackId }: ListeningEvent): void {
    const row = `${Math.floor(at / dayMs)} ${userId} ${id}`;
    if (this.#rows.has(row)) return;
    this.#rows.add(row);
    this.#record.logged(this.#timeline.now, userId, trackId);
  }

  /** The log as one process sees it: nobody reads it here. */
  of(process: SimProcess): EventLog {
    const record = this.#record;
    return {
      append: async (events) => {
        // Ages and clocks are the contract suite's.
        checkListening(events.map((event) => ({ ...event, at: Date.now() })), Date.now());
        const append = record.appends(this.#timeline.now, process, events);
        try {
          await this.calls.call(process, "log", async () => {
            for (const event of events) this.#keep(event);
          });
          append.is = "done";
        } catch (error) {
          append.is = "failed";
          throw error;
        } finally {
          append.endedAt = this.#timeline.now;
        }
      },
      read: notSimulated, commit: notSimulated, lag: notSimulated, forget: notSimulated, dropBefore: notSimulated,
    };
  }
}
