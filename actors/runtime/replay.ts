/**
 * Folds an actor's journal again, apart from the live actor, and holds the result against what the house believes: the
 * snapshot in the store and the state in memory. A difference means that a snapshot was damaged or that `apply` is not
 * the same function everywhere (a version that forgot an upcaster, a state that was changed outside of `apply`).
 */
import { setImmediate as breathe } from "node:timers/promises";
import type { ActorStore, JournalEntry } from "../../storage/index.ts";
import type { AnyActorType } from "./activation.ts";
import { upcast, type StoredEvent } from "./definition.ts";
import { difference, type Difference } from "./difference.ts";
import type { StoredState } from "./load.ts";
import { actorName } from "./placement.ts";

/** Events read at once. */
const page = 1_000;

/** A state of the actor that somebody holds, as the type packs it. */
export interface Held {
  readonly version: number;
  readonly state: unknown;
}

/** How the fold compares with a held state of the same version. */
export interface Check {
  readonly version: number;
  /** Null: not compared, and `why` says why. */
  readonly equal: boolean | null;
  readonly why?: string;
  /** `one`: folded from the journal; `other`: held. */
  readonly difference?: Difference;
}

export interface Replay {
  /** The first event folded; the ones before are in the snapshot that it began with (`startedAt`). */
  readonly startedAt: number;
  /** The last event folded. */
  readonly version: number;
  readonly state: unknown;
  /** The journal cannot be folded beyond `version`: why. */
  readonly broken?: string;
  /** Null when there is none. */
  readonly snapshot: Check | null;
  readonly live: Check | null;
}

export interface ReplayOptions {
  /** Last event to fold; absent: the last one there is. */
  readonly to?: number | undefined;
  /** The live actor's state; all of its events are committed. */
  readonly live?: Held | undefined;
}

/** Throws what the store throws. */
export async function replay(store: ActorStore, type: AnyActorType, key: string, { to = Infinity, live }: ReplayOptions = {}): Promise<Replay> {
  const name = actorName(type.type, key);
  const { snapshot } = await store.load(name);
  const stored = snapshot === undefined ? undefined : { version: snapshot.seq, ...(snapshot.body as StoredState) };
  const [first] = await store.read(name, 1, 1);
  // Behind a snapshot old events are forgotten: what is left follows from the snapshot alone.
  const isTrimmed = stored !== undefined && first?.seq !== 1;
  const fold = new Fold(type, key, isTrimmed ? stored : undefined);
  const startedAt = fold.version + 1;
  const heldAt = [stored?.version, live?.version].filter((version) => version !== undefined);
  const states = new Map<number, unknown>();
  const note = () => void (heldAt.includes(fold.version) && states.set(fold.version, fold.packed()));
  note();
  for (let entries: JournalEntry[] = []; ; entries = []) {
    if (fold.broken === undefined && fold.version < to) entries = await store.read(name, fold.version + 1, page);
    for (const entry of entries) {
      if (entry.seq > to || !fold.add(entry)) break;
      note();
    }
    if (entries.length < page || fold.broken !== undefined) break;
    await breathe();
  }
  // The owner forgets old events behind its snapshots, also while they are being read.
  if (fold.broken !== undefined && (await store.read(name, 1, 1))[0]?.seq !== first?.seq) return replay(store, type, key, { to, live });
  return {
    startedAt, version: fold.version, state: fold.packed(),
    ...(fold.broken === undefined ? {} : { broken: fold.broken }),
    snapshot: stored === undefined ? null : isTrimmed ? unchecked(stored.version, "the events before it are forgotten: the fold began with it") : check(states, stored.version, () => unpackedAgain(type, stored)),
    live: live === undefined ? null : check(states, live.version, () => live.state),
  };
}

class Fold {
  readonly #type: AnyActorType;
  #state: unknown;
  version = 0;
  broken: string | undefined;

  constructor(type: AnyActorType, key: string, from: (StoredState & { readonly version: number }) | undefined) {
    this.#type = type;
    try {
      this.#state = from === undefined ? type.empty(key) : type.unpack(from.s, from.v);
      this.version = from?.version ?? 0;
    } catch (error) {
      this.broken = `the snapshot at ${from?.version ?? 0}: ${messageOf(error)}`;
    }
  }

  /** False when the event does not follow or cannot be applied. */
  add({ seq, body }: JournalEntry): boolean {
    try {
      if (seq !== this.version + 1) throw new Error("the journal lacks it");
      const event = body as StoredEvent;
      this.#type.apply(this.#state, upcast(this.#type, event), event.at, seq);
      this.version = seq;
      return true;
    } catch (error) {
      this.broken = `event ${this.version + 1}: ${messageOf(error)}`;
      return false;
    }
  }

  /** The state as JSON of its own: what `pack` answers may share parts with the state. */
  packed(): unknown {
    return this.#state === undefined ? null : asJson(this.#type.pack(this.#state));
  }
}

/** A value as it would be read from the store. */
export const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** A stored state in the form of today's version: an older one differs in form alone. */
function unpackedAgain(type: AnyActorType, { s, v }: StoredState): unknown {
  return v === type.stateVersion ? s : asJson(type.pack(type.unpack(s, v)));
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const unchecked = (version: number, why: string): Check => ({ version, equal: null, why });

function check(states: ReadonlyMap<number, unknown>, version: number, held: () => unknown): Check {
  if (!states.has(version)) return unchecked(version, "the fold ended before it");
  try {
    const found = difference(states.get(version), held());
    return { version, equal: found === undefined, ...(found === undefined ? {} : { difference: found }) };
  } catch (error) {
    return { version, equal: false, why: messageOf(error) };
  }
}
