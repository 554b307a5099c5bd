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
import type { Limits } from "./limits.ts";
import type { Loaded, SoftBody } from "./load.ts";
import { Interrupted, ReminderRefused } from "./errors.ts";
import { refusalOf } from "./refusal.ts";
import { remindersAsked, deliver, isReminderOpId, reminderMethod, type Delivery, type Held, type ReminderTo } from "./reminder-turn.ts";

/** An event on its way to the journal, with the reminders that its turn changed if it is the turn's last. */
export interface Pending {
  readonly activation: Activation;
  readonly seq: number;
  readonly opId: string;
  readonly at: number;
  readonly event: unknown;
  /** Undefined: there is no event, the turn changed reminders alone. */
  readonly body: string | undefined;
  readonly reminders: readonly ReminderTo[] | undefined;
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

/** What a soft actor is told when `dueAt` has come. No action has this name. */
export const elapsedMethod = "\u0000elapsed";

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
  /** A soft actor's as text: a small array costs more than what is in it. */
  #packed: Uint8Array | string | undefined;
  #opIds: Map<string, Earlier> | undefined;
  /** Operations that came again when this memory's predecessors had forgotten them: kept apart, or the next ones would push them out. */
  #recalled: ReadonlyMap<string, Earlier> | undefined;
  #gates: Gate[] | undefined;
  /** Reminders by name, with what is decided and not committed; undefined when there are none. */
  #reminders: Map<string, Held> | undefined;
  /** Answers of turns that changed reminders alone: no event's number says when they are committed. */
  #alone: Map<Pending, Omit<Gate, "seq">> | undefined;
  /** Calls that wait to be loaded; undefined once it is. */
  #waiting: Waiting[] | undefined = [];
  /** Of a soft actor: ends the wait for its `dueAt`. */
  cancelDue: (() => void) | undefined;

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
    return (this.#waiting?.length ?? 0) + (this.#gates?.length ?? 0) + (this.#alone?.size ?? 0);
  }

  get packedBytes(): number {
    return this.#packed?.length ?? 0;
  }

  /** Waits to be loaded. */
  enqueue(waiting: Waiting): void {
    this.#waiting?.push(waiting);
  }

  /** Takes the state as loaded. Answers the calls that waited, in order: run them now. */
  open({ state, seq, snapshotSeq, lastAt, opIds, recalled, reminders }: Loaded): readonly Waiting[] {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    this.#state = state;
    this.seq = this.committed = seq;
    this.snapshotSeq = snapshotSeq;
    this.lastAt = lastAt;
    this.#opIds = opIds;
    if (recalled.size > 0) this.#recalled = recalled;
    if (reminders.length > 0) this.#reminders = new Map(reminders.map(({ name, ...held }) => [name, held]));
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
  turn({ call, settle }: Waiting, wall: number, limits: Limits, asked: AskedFor = nothing): readonly Pending[] | { readonly doubt: readonly string[] } {
    const state = this.#unpacked();
    const now = Math.max(wall, this.lastAt);
    const turn = { now, meta: call.meta, key: this.key, version: this.seq };
    const query = this.type.queries[call.method];
    if (query !== undefined) {
      this.#gate(settle, answerOf(() => query(state, call.params, turn)));
      return [];
    }
    const command = this.type.commands[call.method];
    const isReminder = call.method === reminderMethod;
    const isElapsed = call.method === elapsedMethod;
    if (command === undefined && !isReminder && !isElapsed) {
      this.#gate(settle, { error: { name: "UnknownMethod", message: `${this.type.type} has no ${call.method}`, code: 404, type: "NOT_FOUND" } });
      return [];
    }
    // Set at an event that this memory lacks: whoever loads it anew knows better.
    if (isReminder && (call.params as Delivery).seq > this.seq) throw new Interrupted("the journal has events that this memory lacks");
    const opIds = (this.#opIds ??= new Map());
    const unknown = new Set<string>();
    const earlier = (opId: string) => {
      const known = opIds.get(opId) ?? this.#recalled?.get(opId) ?? asked.get(opId);
      if (known === undefined && !asked.has(opId)) unknown.add(opId);
      return known;
    };
    let decision: Decision<unknown> | undefined;
    let changes: readonly ReminderTo[] | undefined;
    let answer: Answer;
    try {
      if (isElapsed) decision = { events: (this.type.soft?.elapsed?.(state, turn) ?? []).map((event) => ({ opId: "", event })), reply: null };
      else if (command === undefined) {
        const delivered = deliver(state, call.params as Delivery, turn, { type: this.type, held: this.#reminders, limits });
        decision = delivered;
        if (delivered.changes.length > 0) ({ changes } = delivered);
      } else {
        decision = command(state, call.params, turn, earlier);
        if (decision.reminders !== undefined) changes = this.#remindersOf(decision, limits);
      }
      // JSON leaves out what is undefined: the answer would arrive without its reply.
      answer = { ok: decision.reply ?? null };
    } catch (error) {
      decision = undefined;
      answer = { error: refusalOf(error) };
    }
    const events = decision?.events ?? [];
    for (const { opId } of events) unknown.delete(opId);
    // The memory is whole when it holds every event. A soft actor's is all there is.
    const isSoft = this.type.soft !== undefined;
    if (unknown.size > 0 && opIds.size < this.seq && !isSoft) return { doubt: [...unknown] };
    const bodies = isSoft ? [] : events.map(({ event, reply }) => JSON.stringify({ v: this.type.eventVersion, e: event, at: now, ...(reply === undefined ? {} : { r: reply }) } satisfies StoredEvent));
    // What the journal would not take must not get as far: it would refuse everything that is committed with it.
    if (!events.every(({ opId }) => isElapsed || (isOpId(opId) && (isReminder || !isReminderOpId(opId)))) || !bodies.every(isEventBody)) {
      this.#gate(settle, { error: { name: "TooLarge", message: "An operation's id or what it would change is larger than the journal takes.", code: 422, type: "TOO_LARGE" } });
      return [];
    }
    // From here on nothing may fail: a state with half a decision in it is not the journal's.
    const pending = events.map(({ opId, event, reply }, at): Pending => {
      this.seq += 1;
      this.type.apply(state, event, now, this.seq);
      if (!isElapsed) opIds.set(opId, { seq: this.seq, reply });
      return { activation: this, seq: this.seq, opId, at: now, event, body: bodies[at] ?? "", reminders: at === events.length - 1 ? changes : undefined };
    });
    for (const [name, to] of changes ?? []) {
      if (to === null) this.#reminders?.delete(name);
      else (this.#reminders ??= new Map()).set(name, to);
    }
    // What is not committed yet the journal cannot be asked for.
    const kept = isSoft ? limits.softOpIds : limits.opIds;
    for (const [opId, { seq }] of opIds) {
      if (opIds.size <= kept || seq > this.committed) break;
      opIds.delete(opId);
    }
    if (pending.length > 0) this.lastAt = now;
    else if (changes !== undefined) {
      const alone: Pending = { activation: this, seq: this.seq, opId: "", at: now, event: undefined, body: undefined, reminders: changes };
      (this.#alone ??= new Map()).set(alone, { settle, answer });
      return [alone];
    }
    this.#gate(settle, answer);
    return pending;
  }

  #remindersOf({ events, reminders = [] }: Decision<unknown>, limits: Limits): readonly ReminderTo[] | undefined {
    // Without one a repetition of the operation would not be known, and the reminder be set again.
    if (events.length === 0 && reminders.length > 0) throw new ReminderRefused("What sets or cancels a reminder makes an event.");
    const changes = remindersAsked(reminders, this.seq + events.length, { type: this.type, held: this.#reminders, limits });
    return changes.length === 0 ? undefined : changes;
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

  /** What a turn without an event changed is in the store: who waits for that is answered. */
  commitAlone(pending: Pending): void {
    const gate = this.#alone?.get(pending);
    this.#alone?.delete(pending);
    gate?.settle(gate.answer);
  }

  /** Void from now on. Answers with `answer` whoever waits. */
  drop(answer: Answer): void {
    if (this.isGone) return;
    this.isGone = true;
    this.cancelDue?.();
    const waiting = this.#waiting ?? [];
    const gates = [...(this.#gates ?? []), ...(this.#alone?.values() ?? [])];
    this.#waiting = undefined;
    this.#gates = undefined;
    this.#alone = undefined;
    this.#reminders = undefined;
    this.#opIds = undefined;
    this.#state = undefined;
    this.#packed = undefined;
    for (const { settle } of [...gates, ...waiting]) settle(answer);
  }

  /** Operations that the next activation must know whatever else it forgets: those that are decided and not committed, and this one's. */
  opIdsToRecall(): string[] {
    return [...(this.#recalled?.keys() ?? []), ...[...(this.#opIds ?? [])].filter(([, { seq }]) => seq > this.committed).map(([opId]) => opId)];
  }

  /** State as it will be at `seq`, for a snapshot. */
  packedState(): unknown {
    return this.type.pack(this.#unpacked());
  }

  /** A soft actor as the mirror keeps it, with its last operations. Nothing may be provisional. */
  softBody(opIdsKept: number): string {
    const ops = [...(this.#opIds ?? [])].slice(-opIdsKept).map(([opId, { seq, reply }]): [string, number, unknown?] => (reply === undefined ? [opId, seq] : [opId, seq, reply]));
    const body: SoftBody = { v: this.type.stateVersion, s: this.type.pack(this.#unpacked()), at: this.lastAt, ...(ops.length === 0 ? {} : { o: ops }) };
    return JSON.stringify(body);
  }

  /** The state as of now, for `dueAt` and `changed`. */
  get state(): unknown {
    return this.#unpacked();
  }

  /** Keeps the state as bytes until it is called again. Nothing may wait. */
  pack(): void {
    if (this.#packed !== undefined || this.isLoading || this.waiting > 0 || this.committed !== this.seq) return;
    const packed = JSON.stringify(this.type.pack(this.#state));
    this.#packed = this.type.soft === undefined ? new TextEncoder().encode(packed) : packed;
    this.#state = undefined;
    this.#opIds = undefined;
  }

  #unpacked(): unknown {
    if (this.#packed !== undefined) {
      this.#state = this.type.unpack(JSON.parse(typeof this.#packed === "string" ? this.#packed : new TextDecoder().decode(this.#packed)), this.type.stateVersion);
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
