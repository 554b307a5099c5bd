/** An actor's state from its snapshot and the events after it. */
import type { ActorStore, JournalEntry } from "../../storage/index.ts";
import type { AnyActorType } from "./activation.ts";
import { upcast, type Earlier, type StoredEvent } from "./definition.ts";
import { actorName } from "./placement.ts";

/** What a snapshot holds. */
export interface StoredState {
  readonly v: number;
  readonly s: unknown;
  readonly at: number;
}

export interface Loaded {
  readonly state: unknown;
  readonly seq: number;
  readonly snapshotSeq: number;
  readonly lastAt: number;
  readonly opIds: Map<string, Earlier>;
}

/** Loads an actor. `recalled`: operations that it must know although they may be long past. Throws what the store throws. */
export async function loadActor(store: ActorStore, type: AnyActorType, key: string, opIdsKept: number, recalled: readonly string[]): Promise<Loaded> {
  const name = actorName(type.type, key);
  const [{ snapshot, events }, found] = await Promise.all([store.load(name), recalled.length === 0 ? [] : store.find(name, recalled)]);
  const stored = snapshot?.body as StoredState | undefined;
  const state = stored === undefined ? type.empty(key) : type.unpack(stored.s, stored.v);
  let seq = snapshot?.seq ?? 0;
  let lastAt = stored?.at ?? 0;
  for (const entry of events) {
    if (entry.seq !== seq + 1) throw new Error(`the journal of ${name} lacks event ${seq + 1}`);
    const body = entry.body as StoredEvent;
    type.apply(state, upcast(type, body), body.at, entry.seq);
    seq = entry.seq;
    lastAt = body.at;
  }
  // What a snapshot holds is not remembered: the journal is asked when it matters (Activation.turn).
  const opIds = new Map([...events.slice(-opIdsKept), ...found].map(operationOf));
  return { state, seq, snapshotSeq: snapshot?.seq ?? 0, lastAt, opIds };
}

/** An operation and what it did. */
export const operationOf = ({ opId, seq, body }: JournalEntry): [opId: string, Earlier] => [opId, { seq, reply: (body as StoredEvent).r }];
