/**
 * Edits of one playlist from one device, online or not: shown at once, kept until the server has them, sent in order.
 *
 *   edit() --> on the copy, in the store --> sent (one batch at a time) --> acknowledged --> seen in the list's events --> gone
 *                                              ^  no answer: again, the same ops, after a pause  |
 *                                              +-------------------------------------------------+
 *
 * - An op keeps its opId, so a repetition after a lost answer is answered as the first time and changes nothing.
 * - Each op carries a vector clock {server: version of the copy, device: number of the edit} and hybrid time, so that the server can
 *   merge it with what happened meanwhile: see actors/playlist/model/resolve.ts.
 * - `receive` takes the list's events as they come, repeated or out of order; a gap is filled through `opsSince`, and when the server
 *   has forgotten that far back, the whole list is read again.
 * - Bounds: `maxPending` edits wait (then edit() refuses), `batchOps` ops travel at a time, `maxAhead` events wait for a gap.
 *
 * Acknowledged is not seen: an op stays on the copy until its event is in the list, so that nothing flickers.
 */
import { limits, PlaylistRefused, server, type ItemView, type Meta, type Op, type OpResult, type PlaylistView, type PublicEvent } from "../../actors/playlist/model/index.ts";
import { newOpId } from "../playlists.ts";
import { retryDelayMs, wait, type Backoff } from "../playback/backoff.ts";
import { PlaylistCopy } from "./copy.ts";
import { memoryEditStore, type EditStore, type StampedOp } from "./store.ts";

/** What the user wants done, as an op without its stamp. */
export type Wish = Op extends infer Each ? (Each extends Op ? Omit<Each, "opId" | "clock" | "device" | "at"> & { readonly opId?: string } : never) : never;

export interface ApplyAnswer {
  readonly version: number;
  readonly results: readonly OpResult[];
}

export interface OpsAnswer {
  readonly version: number;
  readonly ops: readonly PublicEvent[];
  readonly more?: boolean;
}

/** What became of an edit, when that is more than "done": refused, made at the same time as others' edits, or overtaken by one. */
export interface EditReport extends OpResult {
  readonly op: StampedOp;
}

export interface EditQueueOptions {
  /** An answer of `playlists.get`. */
  readonly view: PlaylistView;
  readonly userId: string;
  /** Of this device and this store alone, at most 64 of [A-Za-z0-9_-]; not "server". Where nothing is kept between starts: a new one at each. */
  readonly device: string;
  /** `playlists.apply` (playlists.ts). Rejects when no answer came, or a refusal of the whole call. */
  send(ops: readonly StampedOp[]): Promise<ApplyAnswer>;
  /** `playlists.ops`. Rejects with status 410 when the server has forgotten that far back. */
  opsSince(version: number): Promise<OpsAnswer>;
  /** `playlists.get`. */
  read(): Promise<PlaylistView>;
  readonly store?: EditStore;
  /** The list looks different. */
  changed?(): void;
  reported?(report: EditReport): void;
  /** Ms since 1970. */
  readonly now?: () => number;
  readonly random?: () => number;
  readonly newId?: () => string;
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly backoff?: Backoff;
  readonly maxPending?: number;
  readonly batchOps?: number;
  readonly maxAhead?: number;
  /** Events that were not told this long after an acknowledgement are asked for. */
  readonly catchUpMs?: number;
}

/** Tried for ever: edits are kept. The longest pause is what a person waits after the network is back; `retryNow` cuts it short. */
export const editBackoff: Backoff = { attempts: Infinity, firstMs: 250, maxMs: 30_000 };
const defaults = { now: Date.now, random: Math.random, newId: newOpId, wait, backoff: editBackoff, maxPending: 1_000, batchOps: 50, maxAhead: 1_000, catchUpMs: 500, changed: () => {}, reported: () => {} };

interface Pending {
  readonly op: StampedOp;
  /** Number of its event, once acknowledged. */
  version: number | null;
}

/** How a call failed: what clients throw for an answer with an error has a status. */
const statusOf = (error: unknown): number | undefined => (error as { status?: number } | null)?.status;
/** A refusal that will be the same next time. Not being logged in passes. */
const isFinal = (error: unknown): boolean => [400, 403, 404, 409, 413, 422].includes(statusOf(error) ?? 0);

export class EditQueue {
  readonly #options: Required<EditQueueOptions>;
  readonly #copy: PlaylistCopy;
  #pending: Pending[] = [];
  #ahead = new Map<number, PublicEvent>();
  #count = 0;
  #latestAt = 0;
  #saved: Promise<void> = Promise.resolve();
  #sending: Promise<void> | null = null;
  #catchingUp: Promise<void> | null = null;
  #pause = new AbortController();
  readonly #closed = new AbortController();

  private constructor(options: EditQueueOptions) {
    if (options.device === server) throw new PlaylistRefused("INVALID_INPUT", `No device is called "${server}".`, { field: "device" });
    this.#options = { ...defaults, store: memoryEditStore(), ...options };
    this.#copy = new PlaylistCopy(options.view, options.userId);
  }

  /** Opens the queue with the edits that were kept, and sends them. */
  static async open(options: EditQueueOptions): Promise<EditQueue> {
    const queue = new EditQueue(options);
    const saved = await queue.#options.store.load();
    if (saved !== null) {
      queue.#count = saved.count;
      queue.#latestAt = saved.latestAt;
      queue.#pending = saved.ops.map((op) => ({ op, version: null }));
      queue.#copy.follow([], queue.#onTop());
    }
    queue.#startSending();
    return queue;
  }

  get version(): number {
    return this.#copy.version;
  }

  get meta(): Meta {
    return this.#copy.meta;
  }

  /** Edits that the server has not acknowledged. */
  get unsent(): number {
    return this.#pending.filter(({ version }) => version === null).length;
  }

  /** The items as they will be, in order. */
  items(): ItemView[] {
    return this.#copy.items();
  }

  /** Makes an edit. Answers its op; the id of an added item is `op.itemId ?? op.opId`. Throws PlaylistRefused when it cannot be done, or too many wait. */
  edit(wish: Wish): StampedOp {
    this.#closed.signal.throwIfAborted();
    const { maxPending, device, now, newId } = this.#options;
    if (this.#pending.length >= maxPending) throw new PlaylistRefused("LIMIT", "Too many edits wait for the server.", { limit: maxPending });
    const count = this.#count + 1;
    const at = Math.max(now(), this.#latestAt + 1, this.#copy.latestAt + 1);
    const op: StampedOp = { opId: newId(), ...wish, device, clock: { [server]: this.#copy.version, [device]: count }, at };
    this.#copy.put(op);
    this.#count = count;
    this.#latestAt = at;
    this.#pending.push({ op, version: null });
    this.#save();
    this.#options.changed();
    this.#startSending();
    return op;
  }

  /** Takes events of the list as they were told (`playlist.changed`). */
  receive(told: { readonly version: number; readonly ops: readonly PublicEvent[] }): void {
    for (const event of told.ops) if (event.version > this.version && this.#ahead.size < this.#options.maxAhead) this.#ahead.set(event.version, event);
    this.#takeAhead();
    if (told.version > this.version) void this.#startCatchingUp();
  }

  /** The network is back: does not wait out a pause. */
  retryNow(): void {
    this.#pause.abort(new Error("retry now"));
    this.#startSending();
  }

  /** Resolves when no edit waits for the server and all that were acknowledged are in the list; rejects when it is closed before. */
  async settled(): Promise<void> {
    while (this.#pending.length > 0) {
      this.#closed.signal.throwIfAborted();
      await (this.#sending ?? this.#catchingUp ?? this.#startCatchingUp());
    }
    await this.#saved;
  }

  /** Stops sending. What is not acknowledged stays in the store. */
  async close(): Promise<void> {
    this.#closed.abort(new Error("the edit queue is closed"));
    this.#pause.abort(this.#closed.signal.reason);
    await Promise.allSettled([this.#sending, this.#catchingUp, this.#saved]);
  }

  #onTop(which: (version: number | null) => boolean = () => true): StampedOp[] {
    return this.#pending.filter(({ version }) => which(version)).map(({ op }) => op);
  }

  #save(): void {
    const edits = { count: this.#count, latestAt: this.#latestAt, ops: this.#onTop((version) => version === null) };
    // A store that fails once is asked again with the next edit; sending waits for the last word.
    this.#saved = this.#saved.catch(() => {}).then(() => this.#options.store.save(edits));
    this.#saved.catch(() => {});
  }

  #startSending(): void {
    if (this.#sending !== null || this.#closed.signal.aborted || this.unsent === 0) return;
    this.#sending = this.#sendAll().finally(() => {
      this.#sending = null;
      this.#startSending();
    });
  }

  async #sendAll(): Promise<void> {
    for (let attempt = 0; this.unsent > 0 && !this.#closed.signal.aborted; ) {
      let batch: StampedOp[] = [];
      try {
        // A dot that was sent must be known after a restart.
        for (let saved; saved !== this.#saved; await saved) saved = this.#saved;
        batch = this.#onTop((version) => version === null).slice(0, Math.min(this.#options.batchOps, limits.opsPerCall));
        const answer = await this.#options.send(batch);
        attempt = this.#acknowledge(batch, answer) ? 0 : attempt + 1;
      } catch (error) {
        if (batch.length > 0 && isFinal(error)) {
          this.#refuseAll(batch, error);
          continue;
        }
        attempt += 1;
      }
      if (attempt > 0) await this.#rest(attempt);
    }
  }

  /** Waits before try `attempt`; at most until `retryNow` or the end. */
  async #rest(attempt: number): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#pause = new AbortController();
    const { backoff, random } = this.#options;
    await this.#options.wait(retryDelayMs(backoff, attempt, random(), null), this.#pause.signal).catch(() => {});
    this.#save();
  }

  /** Whether the answer told of any of the batch. */
  #acknowledge(batch: readonly StampedOp[], { version, results }: ApplyAnswer): boolean {
    const byOpId = new Map(results.map((result) => [result.opId, result]));
    let told = 0;
    const refused = new Set<string>();
    for (const op of batch) {
      const result = byOpId.get(op.opId);
      if (result === undefined) continue;
      told += 1;
      if (result.status === "refused") refused.add(op.opId);
      const pending = this.#pending.find((one) => one.op.opId === op.opId);
      if (pending !== undefined && result.status !== "refused") pending.version = result.version ?? version;
      if (result.status === "refused" || result.superseded === true || (result.concurrentWith ?? []).length > 0) this.#options.reported({ ...result, op });
    }
    this.#drop(({ op, version: seen }) => refused.has(op.opId) || (seen !== null && seen <= this.version));
    this.#save();
    if (this.#pending.some(({ version: seen }) => seen !== null)) void this.#startCatchingUp(this.#options.catchUpMs);
    return told > 0;
  }

  #refuseAll(batch: readonly StampedOp[], error: unknown): void {
    const { message, code } = error as { message?: string; code?: string };
    const told = { name: "PlaylistRefused", message: message ?? "refused", code: statusOf(error) ?? 0, type: code ?? "REFUSED" } as NonNullable<OpResult["error"]>;
    for (const op of batch) this.#options.reported({ op, opId: op.opId, status: "refused", error: told });
    const refused = new Set(batch.map(({ opId }) => opId));
    this.#drop(({ op }) => refused.has(op.opId));
    this.#save();
  }

  #drop(isDone: (pending: Pending) => boolean): void {
    const left = this.#pending.filter((one) => !isDone(one));
    if (left.length === this.#pending.length) return;
    this.#pending = left;
    this.#copy.follow([], this.#onTop());
    this.#options.changed();
  }

  /** Applies what has come, as far as there is no gap. */
  #takeAhead(): void {
    const events: PublicEvent[] = [];
    for (let next = this.#ahead.get(this.version + 1); next !== undefined; next = this.#ahead.get(next.version + 1)) events.push(next);
    if (events.length === 0) return;
    const seen = new Set(events.map(({ opId }) => opId));
    const before = this.unsent;
    this.#pending = this.#pending.filter(({ op }) => !seen.has(op.opId));
    this.#copy.follow(events, this.#onTop());
    for (const version of this.#ahead.keys()) if (version <= this.version) this.#ahead.delete(version);
    if (this.unsent !== before) this.#save();
    this.#options.changed();
  }

  #startCatchingUp(afterMs: number = 0): Promise<void> {
    this.#catchingUp ??= this.#catchUp(afterMs).finally(() => {
      this.#catchingUp = null;
    });
    return this.#catchingUp;
  }

  async #catchUp(afterMs: number): Promise<void> {
    const { signal } = this.#closed;
    if (afterMs > 0) await this.#options.wait(afterMs, signal).catch(() => {});
    const isBehind = () => this.#ahead.size > 0 || this.#pending.some(({ version }) => version !== null && version > this.version);
    for (let attempt = 0, more = afterMs === 0; (more || isBehind()) && !signal.aborted; ) {
      try {
        const before = this.version;
        const answer = await this.#options.opsSince(this.version).catch((error: unknown) => (statusOf(error) === 410 ? this.#restart() : Promise.reject(error as Error)));
        for (const event of answer.ops) if (event.version > this.version) this.#ahead.set(event.version, event);
        this.#takeAhead();
        more = answer.more === true;
        attempt = this.version > before ? 0 : attempt + 1;
      } catch (error) {
        if (isFinal(error)) {
          // It may not be read any more. What was acknowledged is done, as far as this device will ever know.
          this.#drop(({ version }) => version !== null);
          return;
        }
        attempt += 1;
      }
      if (attempt > 0 && (more || isBehind())) await this.#options.wait(retryDelayMs(this.#options.backoff, attempt, this.#options.random(), null), signal).catch(() => {});
    }
  }

  /** Reads the whole list again. */
  async #restart(): Promise<OpsAnswer> {
    const view = await this.#options.read();
    const answer: OpsAnswer = { version: view.version, ops: [] };
    if (view.version < this.version) return answer;
    this.#pending = this.#pending.filter(({ version }) => version === null || version > view.version);
    this.#copy.restart(view, this.#onTop());
    for (const version of this.#ahead.keys()) if (version <= view.version) this.#ahead.delete(version);
    this.#takeAhead();
    this.#options.changed();
    return answer;
  }
}
