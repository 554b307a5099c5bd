/**
 * TrackFacts: what sessions, presence and groups show of a track, kept in this process; asked of the catalog (`catalog.facts`).
 *
 * Promises: what is kept costs no call; ids that are missing at one time (in one turn of the event loop) are one question per
 * `asked`; a track that is not there is left out, and asked for again next time. Facts are shared: nobody may change them.
 * Tracks are never removed, but their tags and their encoding may change: `forget` on the catalog's news, and `ttlMs` where that was lost.
 */
import { promisify } from "node:util";
import type { ServiceBroker } from "moleculer";
import { Memo } from "./memo.ts";

export interface TrackFact {
  readonly id: string;
  readonly title: string;
  /** Names; the first performing artist first. */
  readonly artists: readonly string[];
  readonly durationMs: number;
  readonly imageId: string | null;
}

const bounds = {
  /** Tracks kept, about 300 bytes each. */
  kept: 50_000,
  ttlMs: 10 * 60_000,
  /** Ids of one question: what `catalog.facts` takes. */
  asked: 500,
  callMs: 5_000,
} as const;

const endOfTurn = promisify(setImmediate);
/** What a load ends with when the catalog knows no such track. */
const absent = new Error("there is no such track");

interface Question {
  readonly ids: string[];
  readonly answered: Promise<ReadonlyMap<string, TrackFact>>;
}

export class TrackFacts {
  readonly #kept: Memo<TrackFact>;
  readonly #ask: (ids: readonly string[]) => Promise<readonly TrackFact[]>;
  #next: Question | undefined;

  /** `ask` answers those of at most 500 ids that exist. */
  constructor(ask: (ids: readonly string[]) => Promise<readonly TrackFact[]>, options: { readonly kept?: number; readonly ttlMs?: number } = {}) {
    this.#ask = ask;
    this.#kept = new Memo({ max: options.kept ?? bounds.kept, ttlMs: options.ttlMs ?? bounds.ttlMs, load: (id) => this.#load(id) });
  }

  /** The facts of those of `ids` that exist. Rejects as `ask` does. */
  async of(ids: Iterable<string>): Promise<ReadonlyMap<string, TrackFact>> {
    const found = new Map<string, TrackFact>();
    const waits: Promise<unknown>[] = [];
    for (const id of new Set(ids)) {
      const fact = this.#kept.get(id);
      if (fact instanceof Promise) waits.push(fact.then((loaded) => found.set(id, loaded), ignoreAbsent));
      else found.set(id, fact);
    }
    if (waits.length > 0) await Promise.all(waits);
    return found;
  }

  /** Another node changed this track. */
  forget(id: string): void {
    this.#kept.forget(id);
  }

  async #load(id: string): Promise<TrackFact> {
    if (this.#next === undefined || this.#next.ids.length >= bounds.asked) this.#next = this.#question();
    this.#next.ids.push(id);
    const fact = (await this.#next.answered).get(id);
    if (fact === undefined) throw absent;
    return fact;
  }

  #question(): Question {
    const ids: string[] = [];
    return { ids, answered: endOfTurn().then(() => this.#put(ids)) };
  }

  async #put(ids: readonly string[]): Promise<ReadonlyMap<string, TrackFact>> {
    if (this.#next?.ids === ids) this.#next = undefined;
    return new Map((await this.#ask(ids)).map((fact) => [fact.id, fact]));
  }
}

function ignoreAbsent(error: unknown): void {
  if (error !== absent) throw error;
}

const ofBrokers = new WeakMap<ServiceBroker, TrackFacts>();

/** The one of this node. Services that use it forget what `catalog.changed` names. */
export function trackFacts(broker: ServiceBroker): TrackFacts {
  let facts = ofBrokers.get(broker);
  if (facts === undefined) {
    const ask = async (ids: readonly string[]) => (await broker.call<{ tracks: readonly TrackFact[] }, object>("catalog.facts", { ids }, { timeout: bounds.callMs })).tracks;
    ofBrokers.set(broker, (facts = new TrackFacts(ask)));
  }
  return facts;
}
