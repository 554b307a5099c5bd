/** The simulated store: an ActorStore as it is, one for all, behind each process's way to it (calls.ts). */
import { Fenced, SequenceConflict } from "../../storage/errors.ts";
import type { Calls } from "./calls.ts";
import type { ActorStore, JournalAppend } from "../../storage/ports.ts";
import type { Situations } from "./situations.ts";
import type { Ledger } from "./ledger.ts";
import type { SimProcess } from "./process.ts";
import type { Timeline } from "./timeline.ts";

export class SimStore {
  readonly calls: Calls;
  readonly ledger: Ledger;
  readonly situations: Situations;
  /** Told of a commit whose answer came to a process that had died. */
  unheard: ((process: SimProcess, events: readonly JournalAppend[]) => void) | undefined;
  readonly #core: ActorStore;
  readonly #timeline: Timeline;

  constructor(core: ActorStore, ledger: Ledger, situations: Situations, timeline: Timeline, calls: Calls) {
    this.#core = core;
    this.ledger = ledger;
    this.situations = situations;
    this.#timeline = timeline;
    this.calls = calls;
  }

  /** The store as one process sees it. */
  of(process: SimProcess): ActorStore {
    const core = this.#core;
    const { ledger, situations } = this;
    const saw = <T extends { readonly shards: Parameters<Ledger["saw"]>[1] }>(view: T): T => {
      ledger.saw(this.#timeline.now, view.shards);
      return view;
    };
    const call = <T>(name: string, effect: () => Promise<T>, unheard?: () => void, effected?: () => void): Promise<T> => this.calls.call(process, name, effect, unheard, effected);
    return {
      join: (node, types, leaseMs) => call("join", async () => {
        const lease = await core.join(node, types, leaseMs);
        ledger.joins.push({ at: this.#timeline.now, node });
        return lease;
      }),
      renew: (lease, options) => call("renew", async () => saw(await core.renew(lease, options))),
      claim: (lease, shards) => call("claim", async () => {
        const now = await core.claim(lease, shards);
        ledger.saw(this.#timeline.now, now, lease);
        return now;
      }),
      release: (lease, shards) => call("release", async () => {
        const now = await core.release(lease, shards);
        ledger.saw(this.#timeline.now, now);
        return now;
      }, undefined, () => situations.saw("a release was told to have failed and took effect")),
      leave: (lease) => call("leave", () => core.leave(lease)),
      view: () => call("view", async () => saw(await core.view())),
      pin: (shard, node) => call("pin", () => core.pin(shard, node)),
      append: (lease, events, reminders) => call("append", async () => {
        try {
          await core.append(lease, events, reminders);
        } catch (error) {
          if (error instanceof Fenced || error instanceof SequenceConflict) ledger.refusedWrites += 1;
          throw error;
        }
        ledger.committed(this.#timeline.now, lease, events);
      }, () => this.unheard?.(process, events)),
      load: (actor) => call("load", () => noting(core.load(actor), ({ snapshot, events }) => situations.saw("an actor was loaded from a snapshot and the events behind it", snapshot !== undefined && events.length > 0))),
      dueReminders: (shards, until, limit) => call("due", () => core.dueReminders(shards, until, limit)),
      find: (actor, opIds) => call("find", () => noting(core.find(actor, opIds), ({ length }) => situations.saw("an operation was found in the journal that its actor had forgotten", length > 0))),
      read: (actor, fromSeq, limit) => call("read", () => core.read(actor, fromSeq, limit)),
      saveSnapshot: (actor, snapshot) => {
        const sent = JSON.parse(JSON.stringify(snapshot)) as typeof snapshot;
        return call("snapshot", async () => {
          await core.saveSnapshot(actor, sent);
          ledger.saved(this.#timeline.now, actor, sent);
        });
      },
      trim: (actor, belowSeq) => call("trim", () => noting(core.trim(actor, belowSeq), (trimmed) => situations.saw("events were trimmed", trimmed > 0))),
      changes: (type, cursor, limit, upTo) => call("changes", () => core.changes(type, cursor, limit, upTo)),
      end: () => call("end", () => core.end()),
    };
  }
}

/** What a call answered, after a look at it. */
async function noting<T>(answer: Promise<T>, note: (value: T) => void): Promise<T> {
  const value = await answer;
  note(value);
  return value;
}
