/**
 * Keeps the tables of playlists up to the journal: what is committed here is folded from memory, after a pause in which later
 * edits of the same playlists join it. The more there is to write the longer the pause, so that it takes a small share of the
 * node whatever the load. Who must find his change in the lists at once has his playlist folded at once.
 *
 * Edits of items, which are nearly all, are added up as they come and written without reading the row. When a row is not the one
 * that a sum follows, the playlist is folded from the journal.
 *
 * What a node that died had in memory, the sweep of another finds in the journal (projection.ts).
 */
import { SharedRuns } from "../shared-runs.ts";
import { addUp, type Sum } from "./fold.ts";
import { serviceLimits } from "./limits.ts";
import { parts, type Events, type Projection } from "./projection.ts";

/** What a playlist waits with: a sum of its edits, or the events. */
interface Pending {
  readonly sum: Sum | undefined;
  /** When there is no sum; none: those that the journal has and the row does not know. */
  readonly events: Events[number][];
  readonly sinceMs: number;
}

function joined(before: Pending | undefined, events: Events): Pending {
  const sinceMs = before?.sinceMs ?? performance.now();
  if (before === undefined || before.sum !== undefined) {
    let { sum } = before ?? {};
    const isSum = events.every((event) => (sum = addUp(sum, event)) !== undefined);
    return isSum ? { sum, events: [], sinceMs } : { sum: undefined, events: before === undefined ? [...events] : [], sinceMs };
  }
  if (before.events.length > 0) for (const event of events) before.events.push(event);
  return before;
}

export class Projector {
  readonly #projection: Projection;
  readonly #failed: (error: unknown) => void;
  /** Committed here and not folded; first the playlist that has waited longest. */
  #pending = new Map<string, Pending>();
  #weight = 0;
  readonly #urgent = new Set<string>();
  readonly #urgentRuns = new SharedRuns(() => this.#inTurn(() => this.#foldUrgent()));
  readonly #sweeps = new SharedRuns(async () => void (await this.#projection.sweep(serviceLimits.sweepEveryMs)));
  #turn: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #sweepTimer: NodeJS.Timeout | undefined;
  #isStopped = false;

  /** `failed` is told of what no caller hears. */
  constructor(projection: Projection, failed: (error: unknown) => void) {
    this.#projection = projection;
    this.#failed = failed;
  }

  start(): void {
    this.#sweepTimer = setInterval(() => void this.#sweeps.run().catch(this.#failed), serviceLimits.sweepLookMs);
    this.#sweepTimer.unref();
  }

  /** Age of this node's oldest commit that the tables do not have, ms; 0 when they have all. */
  get lagMs(): number {
    const [oldest] = this.#pending.values();
    return oldest === undefined ? 0 : performance.now() - oldest.sinceMs;
  }

  /** Takes what was committed here: of one playlist, in order. */
  take(id: string, events: Events): void {
    if (this.#isStopped) return;
    const before = this.#pending.get(id);
    if (before !== undefined) this.#weight -= weightOf(before);
    const now = joined(before, events);
    this.#pending.set(id, now);
    this.#weight += weightOf(now);
    if (this.#weight > serviceLimits.eventsPending) this.#forgetOldest();
    this.#wake(serviceLimits.projectRestMs);
  }

  /** Resolves when the tables have what was taken of a playlist before the call. Rejects when they cannot be written. */
  async show(id: string): Promise<void> {
    this.#urgent.add(id);
    await this.#urgentRuns.run();
  }

  /** Folds what it has, if the database lets it. */
  async stop(): Promise<void> {
    clearInterval(this.#sweepTimer);
    clearTimeout(this.#timer);
    await this.#foldAll().catch(this.#failed);
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await Promise.all([this.#urgentRuns.idle(), this.#sweeps.idle(), this.#turn]);
  }

  #wake(restMs: number): void {
    if (this.#timer !== undefined || this.#isStopped) return;
    this.#timer = setTimeout(() => {
      const startedMs = performance.now();
      void this.#foldAll()
        .catch(this.#failed)
        .finally(() => {
          this.#timer = undefined;
          const restNextMs = (performance.now() - startedMs) * serviceLimits.projectRestShare;
          if (this.#pending.size > 0) this.#wake(Math.min(serviceLimits.projectRestMostMs, Math.max(serviceLimits.projectRestMs, restNextMs)));
        });
    }, restMs);
  }

  /** One fold at a time: two would only wait for each other's rows. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const run = this.#turn.then(work);
    this.#turn = run.catch(() => undefined);
    return run;
  }

  async #foldAll(): Promise<void> {
    for (const ids of parts([...this.#pending.keys()])) await this.#inTurn(() => this.#fold(ids));
  }

  async #foldUrgent(): Promise<void> {
    const urgent = [...this.#urgent];
    this.#urgent.clear();
    for (const ids of parts(urgent)) await this.#fold(ids);
  }

  async #fold(ids: readonly string[]): Promise<void> {
    const taken = new Map<string, Pending>();
    for (const id of ids) {
      const pending = this.#pending.get(id);
      if (pending === undefined) continue;
      taken.set(id, pending);
      this.#pending.delete(id);
      this.#weight -= weightOf(pending);
    }
    if (taken.size === 0) return;
    try {
      const sums = new Map([...taken].flatMap(([id, { sum }]) => (sum === undefined ? [] : [[id, sum] as const])));
      const events = new Map([...taken].flatMap(([id, { sum, events: own }]) => (sum === undefined ? [[id, own] as const] : [])));
      if (sums.size > 0) for (const id of await this.#projection.add(sums)) events.set(id, []);
      if (events.size > 0) await this.#projection.fold(events);
    } catch (error) {
      this.#putBack(taken);
      throw error;
    }
  }

  #putBack(taken: ReadonlyMap<string, Pending>): void {
    const since = this.#pending;
    this.#pending = new Map(taken);
    // What came meanwhile follows; both together are read from the journal.
    for (const [id, pending] of since) {
      const before = taken.get(id);
      this.#pending.set(id, before === undefined ? pending : { sum: undefined, events: [], sinceMs: before.sinceMs });
    }
    this.#weight = 0;
    for (const pending of this.#pending.values()) this.#weight += weightOf(pending);
  }

  /** The database is away, or behind: the sweep will find these in the journal. */
  #forgetOldest(): void {
    for (const [id, pending] of this.#pending) {
      if (this.#weight <= serviceLimits.eventsPending / 2) break;
      this.#pending.delete(id);
      this.#weight -= weightOf(pending);
    }
    this.#failed(new Error(`more than ${serviceLimits.eventsPending} edits waited for their lists; some will be found in the journal`));
  }
}

/** Events, or as much memory as one. */
const weightOf = ({ events }: Pending): number => Math.max(1, events.length);
