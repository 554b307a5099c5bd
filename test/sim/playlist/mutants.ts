/** Planted bugs of playlists and of snapshots, each outside of the product's code. */
import type { AnyActorType } from "../../../actors/runtime/activation.ts";
import type { Limits } from "../../../actors/runtime/limits.ts";
import { actorName } from "../../../actors/runtime/placement.ts";
import type { PlaylistState } from "../../../actors/playlist/model/index.ts";
import type { ActorStore } from "../../../storage/ports.ts";
import type { Entry } from "../entry.ts";
import { soundNetwork } from "../network.ts";
import type { Mutant } from "../mutants.ts";
import type { Plan } from "../plan.ts";

type Commands = AnyActorType["commands"];

/** `command` with another one in its place. */
function replacing(type: AnyActorType, name: string, by: (command: Commands[string]) => Commands[string]): AnyActorType {
  const command = type.commands[name];
  return command === undefined ? type : { ...type, commands: { ...type.commands, [name]: by(command) } };
}

/** Every few turns the state is saved as it stands, with what is decided and not committed. */
function savingEarly(type: AnyActorType, store: ActorStore): AnyActorType {
  return replacing(type, "apply", (apply) => (state, params, turn, earlier) => {
    const body = { v: type.stateVersion, s: type.pack(state), at: turn.now };
    if (turn.version % 4 === 0 && turn.version > 0) store.saveSnapshot(actorName(type.type, turn.key), { seq: turn.version, body }).catch(() => {});
    return apply(state, params, turn, earlier);
  });
}

/** What is trimmed takes three events with it that no snapshot holds. */
function trimmingTooMuch(core: ActorStore): ActorStore {
  const gone = new Map<string, number>();
  const isThere = (actor: string) => ({ seq }: { readonly seq: number }) => seq >= (gone.get(actor) ?? 0);
  return {
    ...core,
    async trim(actor, belowSeq) {
      const { snapshot } = await core.load(actor);
      gone.set(actor, (snapshot?.seq ?? 0) + 4);
      return core.trim(actor, belowSeq);
    },
    load: async (actor) => {
      const loaded = await core.load(actor);
      return { ...loaded, events: loaded.events.filter(isThere(actor)) };
    },
    find: async (actor, opIds) => (await core.find(actor, opIds)).filter(isThere(actor)),
    read: async (actor, fromSeq, limit) => (await core.read(actor, fromSeq, limit)).filter(isThere(actor)),
  };
}

/** An undo that comes again is another one. */
function forgettingUndo(type: AnyActorType): AnyActorType {
  let undone = 0;
  return replacing(type, "undo", (undo) => (state, params, turn) => {
    const decision = undo(state, params, turn, () => undefined);
    return { ...decision, events: decision.events.map((event) => ({ ...event, opId: `${event.opId}~${undone++}` })) };
  });
}

/** After a compaction the last two have changed places. (Copies of devices would break at the next event.) */
const reordering = (type: AnyActorType): AnyActorType => ({
  ...type,
  apply(state, event, at, seq) {
    type.apply(state, event, at, seq);
    if ((event as { readonly type: string }).type !== "compact") return;
    const { places } = (state as PlaylistState).list;
    const [one, other] = places.slice(-2);
    if (one === undefined || other === undefined) return;
    [one.position, other.position] = [other.position, one.position];
    places.splice(-2, 2, other, one);
  },
});

/** A list that is read on its owner's node is the one in memory, whatever of it is committed. */
const readingEarly = (entry: Entry): Entry => ({
  ...entry,
  async call(call, timeoutMs) {
    const live = entry.node?.host.activations.get(actorName(call.type, call.key));
    const query = call.method === "get" ? live?.type.queries["get"] : undefined;
    if (live === undefined || query === undefined || live.isLoading) return entry.call(call, timeoutMs);
    try {
      const { now, ...turn } = { now: 0, meta: call.meta, key: call.key, version: live.seq };
      return { ok: query(live.type.unpack(live.packedState(), live.type.stateVersion), call.params, { now, ...turn }) };
    } catch {
      return entry.call(call, timeoutMs);
    }
  },
});

/** Who edited what last is not in what is saved and packed. */
const forgettingEdits = (type: AnyActorType): AnyActorType => ({ ...type, unpack: (packed, version) => type.unpack({ ...(packed as object), edits: [] }, version) });

/** Events of the same edits, told in another order than they were committed in. */
const tellingOtherwise = (type: AnyActorType): AnyActorType => ({ ...type, committed: (key, version, events, epoch) => type.committed?.(key, version, events.map((event, at) => ({ ...event, seq: events.at(-1 - at)?.seq ?? event.seq })), epoch) });

const small: Partial<Limits> = { snapshotEvery: 3, eventsKept: 20, activations: 2, packAfterMs: 300, passivateAfterMs: 1_500 };
const plan: Partial<Plan> = { workloads: ["playlist"], actors: 4, callers: 8, readers: 1, thinkMs: 20, stormMs: 8_000 };

export const playlistMutants = {
  "a snapshot is saved before its events are committed": { checkers: ["states"], plan, type: savingEarly },
  "trimming goes past the snapshot": { checkers: ["states"], plan, limits: small, core: trimmingTooMuch },
  "undo forgets its operation": { checkers: ["once", "answers"], plan: { ...plan, network: { ...soundNetwork, drop: 0.1, duplicate: 0.2 } }, type: forgettingUndo },
  "compaction reorders": { checkers: ["answers", "states"], plan: { ...plan, playlistLimits: { compactBelowGap: 0.1 }, devices: 0 }, type: reordering },
  "a read is answered from provisional state": { checkers: ["reads"], plan, entry: readingEarly },
  "a snapshot leaves out who edited last": { checkers: ["answers", "states"], plan, limits: small, type: forgettingEdits },
  "listeners are told events in another order": { checkers: ["told"], plan, type: tellingOtherwise },
} as const satisfies Readonly<Record<string, Mutant>>;
