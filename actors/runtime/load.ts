/** An actor's state from its snapshot and the events after it. */
import type { ActorStore, JournalEntry, Mirror, Reminder } from "../../storage/index.ts";
import type { AnyActorType } from "./activation.ts";
import { upcast, type ActorType, type Earlier, type StoredEvent } from "./definition.ts";
import { actorName } from "./placement.ts";

/** What a snapshot holds. */
export interface StoredState {
  readonly v: number;
  readonly s: unknown;
  readonly at: number;
}

export interface LoadedState<State> {
  readonly state: State;
  readonly seq: number;
  readonly snapshotSeq: number;
  readonly lastAt: number;
  /** Those after the snapshot. */
  readonly events: readonly JournalEntry[];
  readonly reminders: readonly Reminder[];
}

export interface Loaded extends LoadedState<unknown> {
  readonly opIds: Map<string, Earlier>;
  readonly recalled: ReadonlyMap<string, Earlier>;
}

/** A soft actor as bytes: in the mirror, and in memory when nobody calls it. */
export interface SoftBody {
  readonly v: number;
  readonly s: unknown;
  /** When its last event happened. */
  readonly at: number;
  /** Its last operations, oldest first. */
  readonly o?: readonly (readonly [opId: string, seq: number, reply?: unknown])[];
}

/** What a mirror holds of an actor. */
export type Mirrored = NonNullable<Awaited<ReturnType<Mirror["load"]>>>;

/** An actor's journal does not lead from its snapshot, or from nothing, to its last event: the state cannot be known. */
export class JournalBroken extends Error {
  override readonly name = "JournalBroken";
}

/** An actor's state as the journal has it. Throws {@link JournalBroken}, and what the store throws. */
export async function loadState<State, Event>(store: ActorStore, type: ActorType<State, Event>, key: string): Promise<LoadedState<State>> {
  const name = actorName(type.type, key);
  const { snapshot, events, reminders } = await store.load(name);
  const stored = snapshot?.body as StoredState | undefined;
  const state = stored === undefined ? type.empty(key) : type.unpack(stored.s, stored.v);
  let seq = snapshot?.seq ?? 0;
  let lastAt = stored?.at ?? 0;
  for (const entry of events) {
    if (entry.seq !== seq + 1) throw new JournalBroken(`the journal of ${name} lacks event ${seq + 1}`);
    const body = entry.body as StoredEvent;
    type.apply(state, upcast(type, body), body.at, entry.seq);
    seq = entry.seq;
    lastAt = body.at;
  }
  return { state, seq, snapshotSeq: snapshot?.seq ?? 0, lastAt, events, reminders };
}

/** Loads an actor. `recalled`: operations that it must know although they may be long past. Throws as {@link loadState}. */
export async function loadActor(store: ActorStore, type: AnyActorType, key: string, opIdsKept: number, recalled: readonly string[]): Promise<Loaded> {
  const [loaded, found] = await Promise.all([loadState(store, type, key), recalled.length === 0 ? [] : store.find(actorName(type.type, key), recalled)]);
  // What a snapshot holds is not remembered: the journal is asked when it matters (Activation.turn).
  return { ...loaded, opIds: new Map(loaded.events.slice(-opIdsKept).map(operationOf)), recalled: new Map(found.map(operationOf)) };
}

/** A soft actor from its copy, or a new one, whose numbers are above `highest`. Throws what `unpack` does, when the copy is none. */
export function loadSoftActor(type: AnyActorType, key: string, mirrored: Mirrored | undefined, wall: number, highest: number): Loaded {
  const stored = mirrored === undefined ? undefined : (JSON.parse(mirrored.body) as SoftBody);
  const state = stored === undefined ? type.empty(key) : type.unpack(stored.s, stored.v);
  const lastAt = Math.max(stored?.at ?? 0, 0);
  if (stored !== undefined) type.soft?.revived?.(state, Math.max(wall, lastAt));
  // Higher than any that was told before a loss: no actor has an event each millisecond for long.
  const seq = Math.max(wall, (mirrored?.n ?? 0) + 1, highest + 1);
  return { state, seq, snapshotSeq: seq, lastAt, events: [], reminders: [], recalled: new Map(), opIds: new Map(stored?.o?.map(([opId, of, reply]) => [opId, { seq: of, reply }])) };
}

/** An operation and what it did. */
export const operationOf = ({ opId, seq, body }: JournalEntry): [opId: string, Earlier] => [opId, { seq, reply: (body as StoredEvent).r }];
