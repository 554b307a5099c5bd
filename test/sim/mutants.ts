/**
 * Planted bugs, each outside of the product's code: the simulation must catch every one within a few seeds, or its
 * checkers are worth nothing.
 */
import type { AnyActorType } from "../../actors/runtime/activation.ts";
import type { Limits } from "../../actors/runtime/limits.ts";
import type { Transport } from "../../actors/runtime/ports.ts";
import type { ActorStore, EventLog, Mirror } from "../../storage/ports.ts";
import type { Entry } from "./entry.ts";
import type { Append } from "./log-actor.ts";
import { soundNetwork } from "./network.ts";
import type { Plan } from "./plan.ts";
import { forgetful, unfenced } from "./loose-store.ts";
import type { MirrorCore } from "./soft/mirror.ts";

export interface Mutant {
  /** Which of them must see it. */
  readonly checkers?: readonly string[];
  /** The store behind everything. */
  core?(core: ActorStore): ActorStore;
  /** The store as a node sees it. */
  store?(store: ActorStore): ActorStore;
  /** A node's own copy of the type, and its store. */
  type?(type: AnyActorType, store: ActorStore): AnyActorType;
  /** Where callers enter a node. */
  entry?(entry: Entry): Entry;
  /** The mirror behind everything; the mirror as a node sees it, which may answer for an actor or not; and the log as it does. */
  mirrorCore?(core: MirrorCore): MirrorCore;
  mirror?(mirror: Mirror, owns: (actor: string) => boolean): Mirror;
  events?(events: EventLog): EventLog;
  transport?(transport: Transport): Transport;
  readonly limits?: Partial<Limits>;
  /** The weather in which it shows. */
  readonly plan?: Partial<Plan>;
}

/** Nodes are cut off for longer than their lease, callers hardly pause, and few actors see all of it. */
const cutOff: Partial<Plan> = { workloads: ["log"], nemeses: ["isolate", "pause"], nemesisMs: 1_000, stormMs: 14_000, actors: 3, callers: 8, readers: 3, thinkMs: 20, leadsAway: true };

/** Commands do not hear of earlier operations. */
export function withoutMemory(type: AnyActorType): AnyActorType {
  const commands = Object.entries(type.commands).map(([name, command]) => [name, (state: unknown, params: unknown, turn: Parameters<typeof command>[2]) => command(state, params, turn, () => undefined)] as const);
  return { ...type, commands: Object.fromEntries(commands) };
}

/** An activation goes on with the state of the one before, whatever of it was committed. */
function keepingState(type: AnyActorType): AnyActorType {
  const kept = new Map<string, { readonly state: unknown; seq: number }>();
  const seqs = new WeakMap<object, { seq: number }>();
  const keep = (key: string, fresh: unknown) => {
    const before = kept.get(key);
    if (before !== undefined) return before.state;
    const entry = { state: fresh, seq: 0 };
    kept.set(key, entry);
    seqs.set(fresh as object, entry);
    return fresh;
  };
  return {
    ...type,
    empty: (key) => keep(key, type.empty(key)),
    apply: (state, event, at, seq) => {
      const entry = seqs.get(state as object);
      if (entry !== undefined && seq <= entry.seq) return;
      if (entry !== undefined) entry.seq = seq;
      type.apply(state, event, at, seq);
    },
  };
}

/** Each message carries operations under ids of its own. */
function renaming(transport: Transport): Transport {
  let sent = 0;
  return {
    ...transport,
    send: (node, calls, timeoutMs) => transport.send(node, calls.map((call) => {
      const { ops } = call.params as { readonly ops?: readonly Append[] };
      return ops === undefined ? call : { ...call, params: { ops: ops.map((op) => ({ ...op, opId: `${op.opId}~${sent++}` })) } };
    }), timeoutMs),
  };
}

/** Many writers, statements that are held for longer than a lease, and nobody is led away. */
const zombies: Partial<Plan> = {
  ...cutOff, nemeses: ["isolate", "pause", "storeCut"], readers: 0, leadsAway: false, network: soundNetwork,
  store: { failBefore: 0, failAfter: 0, late: 0, slow: 0.01, slowMs: 6_000, delayMs: 10 },
};

const log: Partial<Plan> = { workloads: ["log"] };

export const logMutants = {
  "the fence is removed": { checkers: ["journal", "durable"], plan: zombies, core: unfenced },
  "answers come before the commit": {
    checkers: ["durable"], plan: log,
    store: (store) => ({
      ...store,
      async append(lease, events, reminders) {
        store.append(lease, events, reminders).catch(() => {});
      },
    }),
  },
  "the memory of operations and their key are dropped": { checkers: ["once"], plan: log, core: forgetful, type: withoutMemory },
  "the lease's deadline is ignored": { checkers: ["reads"], plan: cutOff, limits: { leaseMarginMs: -3_600_000 } },
  "provisional state outlives a failed commit": { checkers: ["reads"], plan: log, type: keepingState, limits: { snapshotEvery: 1_000_000 } },
  "the router repeats under a new operation id": { checkers: ["once"], plan: log, transport: renaming },
} as const satisfies Readonly<Record<string, Mutant>>;
