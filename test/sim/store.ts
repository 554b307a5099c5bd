/**
 * The simulated way to the store: each call arrives later, fails before it had an effect, or after it, or is given up
 * and has its effect afterwards; and its answer comes later still. Behind it is an ActorStore as it is, one for all.
 */
import { Fenced, SequenceConflict, StorageUnavailable } from "../../storage/errors.ts";
import type { Seeded } from "../chaos/random.ts";
import type { ActorStore, JournalAppend } from "../../storage/ports.ts";
import type { Situations } from "./situations.ts";
import type { Ledger } from "./ledger.ts";
import { never, type SimProcess } from "./process.ts";
import type { Timeline } from "./timeline.ts";

export interface StoreFaults {
  /** Only these calls fail; every call when it is undefined. */
  readonly only?: readonly string[] | undefined;
  /** Chances of a call, each. */
  readonly failBefore: number;
  readonly failAfter: number;
  /** The caller is told that it failed, and then it happens. */
  readonly late: number;
  readonly slow: number;
  readonly slowMs: number;
  readonly delayMs: number;
}

/** `refuses`: there is no connection. `holds`: what is sent arrives when the way is free again, whether somebody still waits for it or not. */
export type Way = "works" | "refuses" | "holds";

/** A caller waits for an answer no longer than this. */
const givenUpMs = 2_500;

export const soundStore: StoreFaults = { failBefore: 0, failAfter: 0, late: 0, slow: 0, slowMs: 0, delayMs: 1 };

export class SimStore {
  faults: StoreFaults;
  readonly ledger: Ledger;
  readonly situations: Situations;
  /** Told of a commit whose answer came to a process that had died. */
  unheard: ((process: SimProcess, events: readonly JournalAppend[]) => void) | undefined;
  readonly #core: ActorStore;
  readonly #timeline: Timeline;
  readonly #random: Seeded;
  readonly #cut = new Map<string, Way>();
  #state: Way = "works";
  #held: (() => void)[] = [];

  constructor(core: ActorStore, ledger: Ledger, situations: Situations, timeline: Timeline, random: Seeded, faults: StoreFaults) {
    this.#core = core;
    this.ledger = ledger;
    this.situations = situations;
    this.#timeline = timeline;
    this.#random = random;
    this.faults = faults;
  }

  /** For everybody from now on, or for this process. */
  become(way: Way, name?: string): void {
    if (name === undefined) this.#state = way;
    else this.#cut.set(name, way);
    if (way === "works") this.#letGo();
  }

  heal(): void {
    this.#state = "works";
    this.#cut.clear();
    this.#letGo();
  }

  /** What was held is sent again, and held again where need be. */
  #letGo(): void {
    for (const arrive of this.#held.splice(0)) this.#timeline.after(this.#random.next() * 5, "arrives at last", arrive);
  }

  /** The store as one process sees it. */
  of(process: SimProcess): ActorStore {
    const core = this.#core;
    const { ledger, situations } = this;
    const saw = <T extends { readonly shards: Parameters<Ledger["saw"]>[1] }>(view: T): T => {
      ledger.saw(this.#timeline.now, view.shards);
      return view;
    };
    const call = <T>(name: string, effect: () => Promise<T>, unheard?: () => void): Promise<T> => this.#call(process, name, effect, unheard);
    return {
      join: (node, types, leaseMs) => call("join", () => core.join(node, types, leaseMs)),
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
      }),
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

  #call<T>(process: SimProcess, name: string, effect: () => Promise<T>, unheard?: () => void): Promise<T> {
    if (!process.enter()) return never();
    const random = this.#random;
    const timeline = this.#timeline;
    const { failBefore, failAfter, late, slow, slowMs, delayMs } = this.faults;
    const delay = () => (random.chance(slow) ? random.next() * slowMs : 0.05 + random.next() * delayMs);
    const label = `${process.name} ${name}`;
    const luck = this.faults.only?.includes(name) === false ? 1 : random.next();
    const isLost = luck < failBefore;
    const isUnheard = !isLost && luck < failBefore + failAfter;
    const isLate = !isLost && !isUnheard && luck < failBefore + failAfter + late;
    return new Promise<T>((resolve, reject) => {
      let isTold = false;
      const told = (settle: () => void) => {
        if (isTold) return;
        isTold = true;
        process.run(settle);
      };
      const answer = (settle: () => void, missed?: () => void) => void timeline.after(delay(), `${label} answered`, () => {
        if (!process.isAlive) missed?.();
        told(settle);
      });
      const refuse = () => reject(new StorageUnavailable(`the store does not answer (${name})`));
      const fail = () => answer(refuse);
      if (isLate) fail();
      timeline.after(givenUpMs, `${label} given up`, () => told(refuse));
      const arrive = () => {
        const way = isLost ? "refuses" : (this.#cut.get(process.name) ?? this.#state);
        if (way === "refuses") fail();
        else if (way === "holds") this.#held.push(arrive);
        else void act();
      };
      const act = async () => {
        try {
          const value = await effect();
          if (name === "release") this.situations.saw("a release was told to have failed and took effect", isUnheard || isLate);
          if (isUnheard) fail();
          else answer(() => resolve(value), unheard);
        } catch (error) {
          answer(() => reject(error));
        }
      };
      timeline.after(delay() + (isLate ? random.next() * 1_500 : 0), label, arrive);
    });
  }
}

/** What a call answered, after a look at it. */
async function noting<T>(answer: Promise<T>, note: (value: T) => void): Promise<T> {
  const value = await answer;
  note(value);
  return value;
}
