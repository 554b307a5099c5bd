/**
 * What an actor type is: pure functions. A command decides what happens, an event is what happened, and the state is all
 * events so far, applied in order. No I/O, no clock, no random: the runtime hands in the time and new ids, runs turns one
 * after another, commits events before anybody hears of them, and can replay the journal anywhere.
 */
import type { ListeningEvent } from "../../storage/index.ts";

/** What a turn may know besides the state. */
export interface Turn {
  /** Milliseconds since 1970, never going back for one actor. */
  readonly now: number;
  /** Meta of the call: who asks. */
  readonly meta: unknown;
  /** The actor's key. */
  readonly key: string;
  /** Number of events so far. */
  readonly version: number;
}

/** One event of a decision. `opId`: made by the caller, once per operation; journalled, so that a repetition is recognised for ever. */
export interface Decided<Event> {
  readonly opId: string;
  readonly event: Event;
  /** What a repetition of the operation is answered with: small JSON; stored with the event. */
  readonly reply?: unknown;
}

/** A reminder that a turn sets, in place of one of that name, or cancels. */
export interface Remind {
  /** Of the actor's choice, 1 to 40 characters; it has one reminder of a name. */
  readonly name: string;
  /** When, ms since 1970; undefined: not any more. */
  readonly at: number | undefined;
}

export interface Decision<Event> {
  readonly events: readonly Decided<Event>[];
  /** Committed with the events, of which there must be one. */
  readonly reminders?: readonly Remind[];
  /** The answer, given after the events are committed. */
  readonly reply: unknown;
}

/** What a reminder leads to. Its events need no operation's id: they happen once, however often the reminder comes. */
export interface Reminded<Event> {
  readonly events: readonly Event[];
  readonly reminders?: readonly Remind[];
}

/** What is known about operations that were committed before: their place and their reply. */
export interface Earlier {
  readonly seq: number;
  readonly reply: unknown;
}

/**
 * Decides a call. `earlier` answers what an operation id did before, if it did anything: such an operation must not be
 * decided again. Throws a typed error to refuse; nothing has happened then.
 */
export type Command<State, Params, Event> = (state: State, params: Params, turn: Turn, earlier: (opId: string) => Earlier | undefined) => Decision<Event>;

/** Answers from the state as committed. */
export type Query<State, Params> = (state: State, params: Params, turn: Turn) => unknown;

/** Event as it is stored: `v` is the version of its schema. */
export interface StoredEvent {
  readonly v: number;
  readonly e: unknown;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly r?: unknown;
}

/**
 * What makes a type soft: its state is in memory, the mirror has a copy that is some hundred milliseconds old, and who loses both
 * rebuilds it from those it serves. Commands, queries and events are as of any type; what differs:
 *
 *   - no journal: a turn is answered at once, or when the listening events that it stands for are in the log
 *   - a turn's number rises with each event, also over a loss, but not by one: it starts at the clock when it is not known
 *   - an operation that is repeated within a minute or so is answered as the first; later, or after a loss, it is a new one
 *   - no reminders: `dueAt` and `elapsed` say what time alone changes, as long as the actor is in memory
 */
export interface SoftState<State, Event> {
  /**
   * Listening events that an event stands for: in the log before the turn is answered and anybody hears of it. Their ids and
   * times must follow from what was asked: a turn that is repeated after a loss makes the same, at another `at`, and the log knows an event by its day, too.
   */
  logged?(event: Event, key: string, at: number): readonly ListeningEvent[];
  /** Whether an event is of this moment only (somebody was heard of): it is neither told nor mirrored. */
  isPassing?(event: Event): boolean;
  /** When time alone changes the state next, ms since 1970; undefined: never. Asked after each turn. */
  dueAt?(state: State): number | undefined;
  /** What happened by then: `turn.now` is `dueAt` or later. */
  elapsed?(state: State, turn: Turn): readonly Event[];
  /** The state was loaded from the mirror: what nobody could tell it meanwhile must not count against anybody. Changes it in place. */
  revived?(state: State, now: number): void;
  /** Called when all that is in `state` is committed, with what happened since the last call. Must not change or keep it, must not throw. */
  changed?(key: string, stamp: { readonly epoch: number; readonly n: number }, state: State, events: readonly CommittedEvent<Event>[]): void;
}

export interface ActorType<State, Event> {
  /** First part of action names and of names in the journal. For ever. */
  readonly type: string;
  /** State before the first event. */
  empty(key: string): State;
  /** Changes `state` in place by an event that was decided earlier. Never refuses. `at`: when, ms since 1970; `seq`: its number. */
  apply(state: State, event: Event, at: number, seq: number): void;
  /** The state as small JSON, and back. `version`: the `stateVersion` that packed it, this one or an older one. */
  pack(state: State): unknown;
  unpack(packed: unknown, version: number): State;
  /** Version of the event schema that `decide` writes. */
  readonly eventVersion: number;
  /** Makes an event of an older version one of the next. */
  readonly upcasters?: Readonly<Record<number, (event: unknown) => unknown>>;
  /** Version of what `pack` answers. */
  readonly stateVersion: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- each command has parameters of its own; the action's schema checks them
  readonly commands: Readonly<Record<string, Command<State, any, Event>>>;
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  readonly queries: Readonly<Record<string, Query<State, any>>>;
  /**
   * Decides what happens when a reminder is due: `turn.now` is then or later. Whatever it decides, also nothing, or to refuse by a typed
   * error, ends the reminder unless it sets it anew. Any other error is a failure: it comes again later.
   */
  reminded?(state: State, reminder: { readonly name: string; readonly dueAt: number }, turn: Turn): Reminded<Event>;
  /** Called after a commit, once per actor and commit, outside of the turn: what to tell the world. Must not throw. */
  committed?(key: string, version: number, events: readonly CommittedEvent<Event>[], epoch: number): void;
  /** Absent: every event is journalled before anybody hears of it. */
  readonly soft?: SoftState<State, Event>;
}

export interface CommittedEvent<Event> {
  readonly seq: number;
  readonly opId: string;
  readonly at: number;
  readonly event: Event;
}

/** An event as the current version has it. */
export function upcast<State, Event>(type: ActorType<State, Event>, stored: StoredEvent): Event {
  let event = stored.e;
  for (let version = stored.v; version < type.eventVersion; version++) {
    const step = type.upcasters?.[version];
    if (step === undefined) throw new Error(`${type.type} has no upcaster from event version ${version}`);
    event = step(event);
  }
  if (stored.v > type.eventVersion) throw new Error(`${type.type} event version ${stored.v} is newer than this program`);
  return event as Event;
}
