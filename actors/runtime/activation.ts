/**
 * One live actor: its state, and the calls that wait for it.
 *
 *   loading --> active <--> packed          any --drop--> gone (a failed commit, a lost shard, passivation)
 *
 * Turns run one after another and to their end, since commands and queries are plain functions; what waits is loading and
 * commits. A turn works on the provisional state (events decided but not committed yet), so that many turns share a
 * commit; its answer is held back until everything it saw is committed (the output gate). A commit that fails makes the
 * provisional state void: the activation is dropped with every answer that waits, and loaded again from the journal.
 */
import { isEventBody, isOpId } from "../../storage/index.ts";
import type { Answer, Call } from "./call.ts";
import type { ActorType, CommittedEvent, Decision, Earlier, StoredEvent } from "./definition.ts";
import { refusalOf } from "./refusal.ts";

/** An event on its way to the journal. */
export interface Pending {
  readonly activation: Activation;
  readonly seq: number;
  readonly opId: string;
  readonly at: number;
  readonly event: unknown;
  readonly body: string;
}

export type AnyActorType = ActorType<unknown, unknown>;

interface Gate {
  readonly seq: number;
  readonly answer: Answer;
  readonly settle: (answer: Answer) => void;
}

export interface Waiting {
  readonly call: Call;
  readonly settle: (answer: Answer) => void;
}

/** Operations that the journal was asked for, and what it knew of them. */
export type AskedFor = ReadonlyMap<string, Earlier | undefined>;

const nothing: AskedFor = new Map();

export class Activation {
  readonly type: AnyActorType;
  readonly key: string;
  readonly shard: string;
  /** The shard's epoch when this activation began. */
  readonly epoch: number;
  /** Last event applied, and last event committed. */
  seq = 0;
  committed = 0;
  /** Events up to this one are in a snapshot. */
  snapshotSeq = 0;
  usedAt = 0;
  isGone = false;
  /** When the last event happened: time never goes back for an actor. */
  lastAt = 0;
  #state: unknown;
  #packed: Uint8Array | undefined;
  #opIds: Map<string, Earlier> | undefined;
  /** Operations that came again when this memory's predecessors had forgotten them: kept apart, or the next ones would push them out. */
  #recalled: ReadonlyMap<string, Earlier> = new Map();
  #gates: Gate[] | undefined;
  /** Calls that wait to be loaded; undefined once it is. */
  #waiting: Waiting[] | undefined = [];

  constructor(type: AnyActorType, key: string, shard: string, epoch: number) {
    this.type = type;
    this.key = key;
    this.shard = shard;
    this.epoch = epoch;
  }

  get isLoading(): boolean {
    return this.#waiting !== undefined;
  }

  get isPacked(): boolean {
    return this.#packed !== undefined;
  }

  /** Calls that wait here. */
  get waiting(): number {
    return (this.#waiting?.length ?? 0) + (this.#gates?.length ?? 0);
  }

  get packedBytes(): number {
    return this.#packed?.byteLength ?? 0;
  }

  /** Waits to be loaded. */
  enqueue(waiting: Waiting): void {
    this.#waiting?.push(waiting);
  }

  /** Takes the state as loaded. Answers the calls that waited, in order: run them now. */
  open(state: unknown, seq: number, snapshotSeq: number, lastAt: number, opIds: Map<string, Earlier>, recalled: ReadonlyMap<string, Earlier> = new Map()): readonly Waiting[] {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    this.#state = state;
    this.seq = this.committed = seq;
    this.snapshotSeq = snapshotSeq;
    this.lastAt = lastAt;
    this.#opIds = opIds;
    this.#recalled = recalled;
    return waiting;
  }

  /**
   * Runs one turn. Answers the events it decided, which must be committed in this order; `settle` is called when they are.
   * Throws when the state is broken by it: drop the activation then.
   *
   * An operation that this memory does not know may have been applied long ago: if it is refused now, that may be because of
   * itself. Such a turn does nothing; it answers the `doubt`, the operations that the journal must be asked for, and is run
   * again with all that it was `asked` for so far: others' turns come between, so what is in doubt changes.
   */
  turn({ call, settle }: Waiting, wall: number, opIdsKept: number, asked: AskedFor = nothing): readonly Pending[] | { readonly doubt: readonly string[] } {
    const state = this.#unpacked();
    const now = Math.max(wall, this.lastAt);
    const turn = { now, meta: call.meta, key: this.key, version: this.seq };
    const query = this.type.queries[call.method];
    if (query !== undefined) {
      this.#gate(settle, answerOf(() => query(state, call.params, turn)));
      return [];
    }
    const command = this.type.commands[call.method];
    if (command === undefined) {
      this.#gate(settle, { error: { name: "UnknownMethod", message: `${this.type.type} has no ${call.method}`, code: 404, type: "NOT_FOUND" } });
      return [];
    }
    const opIds = (this.#opIds ??= new Map());
    const unknown = new Set<string>();
    const earlier = (opId: string) => {
      const known = opIds.get(opId) ?? this.#recalled.get(opId) ?? asked.get(opId);
      if (known === undefined && !asked.has(opId)) unknown.add(opId);
      return known;
    };
    let decision: Decision<unknown> | undefined;
    let answer: Answer;
    try {
      decision = command(state, call.params, turn, earlier);
      // JSON leaves out what is undefined: the answer would arrive without its reply.
      answer = { ok: decision.reply ?? null };
    } catch (error) {
      answer = { error: refusalOf(error) };
    }
    const events = decision?.events ?? [];
    for (const { opId } of events) unknown.delete(opId);
    // The memory is whole when it holds every event.
    if (unknown.size > 0 && opIds.size < this.seq) return { doubt: [...unknown] };
    const bodies = events.map(({ event, reply }) => JSON.stringify({ v: this.type.eventVersion, e: event, at: now, ...(reply === undefined ? {} : { r: reply }) } satisfies StoredEvent));
    // What the journal would not take must not get as far: it would refuse everything that is committed with it.
    if (!events.every(({ opId }) => isOpId(opId)) || !bodies.every(isEventBody)) {
      this.#gate(settle, { error: { name: "TooLarge", message: "An operation's id or what it would change is larger than the journal takes.", code: 422, type: "TOO_LARGE" } });
      return [];
    }
    // From here on nothing may fail: a state with half a decision in it is not the journal's.
    const pending = events.map(({ opId, event, reply }, at): Pending => {
      this.seq += 1;
      this.type.apply(state, event, now, this.seq);
      opIds.set(opId, { seq: this.seq, reply });
      return { activation: this, seq: this.seq, opId, at: now, event, body: bodies[at] ?? "" };
    });
    // What is not committed yet the journal cannot be asked for.
    for (const [opId, { seq }] of opIds) {
      if (opIds.size <= opIdsKept || seq > this.committed) break;
      opIds.delete(opId);
    }
    if (pending.length > 0) this.lastAt = now;
    this.#gate(settle, answer);
    return pending;
  }

  /** Events up to `seq` are in the journal: what waited for them is answered. */
  commit(seq: number): void {
    this.committed = Math.max(this.committed, seq);
    const gates = this.#gates;
    if (gates === undefined) return;
    const shut = gates.findIndex((gate) => gate.seq > this.committed);
    // Out of the list before anybody hears: who waits for this actor to be idle looks at it when an answer goes out.
    this.#gates = shut < 0 ? undefined : gates.slice(shut);
    for (const gate of shut < 0 ? gates : gates.slice(0, shut)) gate.settle(gate.answer);
  }

  /** Void from now on. Answers with `answer` whoever waits. */
  drop(answer: Answer): void {
    if (this.isGone) return;
    this.isGone = true;
    const waiting = this.#waiting ?? [];
    const gates = this.#gates ?? [];
    this.#waiting = undefined;
    this.#gates = undefined;
    this.#opIds = undefined;
    this.#state = undefined;
    this.#packed = undefined;
    for (const { settle } of [...gates, ...waiting]) settle(answer);
  }

  /** Operations that the next activation must know whatever else it forgets: those that are decided and not committed, and this one's. */
  opIdsToRecall(): string[] {
    return [...this.#recalled.keys(), ...[...(this.#opIds ?? [])].filter(([, { seq }]) => seq > this.committed).map(([opId]) => opId)];
  }

  /** State as it will be at `seq`, for a snapshot. */
  packedState(): unknown {
    return this.type.pack(this.#unpacked());
  }

  /** Keeps the state as bytes until it is called again. Nothing may wait. */
  pack(): void {
    if (this.#packed !== undefined || this.isLoading || this.waiting > 0 || this.committed !== this.seq) return;
    this.#packed = new TextEncoder().encode(JSON.stringify(this.type.pack(this.#state)));
    this.#state = undefined;
    this.#opIds = undefined;
  }

  #unpacked(): unknown {
    if (this.#packed !== undefined) {
      this.#state = this.type.unpack(JSON.parse(new TextDecoder().decode(this.#packed)), this.type.stateVersion);
      this.#packed = undefined;
    }
    return this.#state;
  }

  #gate(settle: (answer: Answer) => void, answer: Answer): void {
    if (this.seq <= this.committed) settle(answer);
    else (this.#gates ??= []).push({ seq: this.seq, answer, settle });
  }
}

function answerOf(run: () => unknown): Answer {
  try {
    // JSON leaves out what is undefined: the answer would arrive without its reply.
    return { ok: run() ?? null };
  } catch (error) {
    return { error: refusalOf(error) };
  }
}

/** What `committed` of a type is told. */
export const committedEvent = ({ seq, opId, at, event }: Pending): CommittedEvent<unknown> => ({ seq, opId, at, event });
