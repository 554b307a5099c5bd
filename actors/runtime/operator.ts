/**
 * What operators see of actors and do with them: actions of the `actors` service on every node that hosts actors, for
 * administrators. The console (commands/repl) calls them on the node that it means; the gateway routes to none of them.
 *
 * Reading wakes no actor. What changes something is written to the log of the node that does it: who, what and when.
 */
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import type { ActionSchema, Context, ServiceBroker } from "moleculer";
import { resourcesOf } from "../../resources.ts";
import type { ActorStore, ClusterView, Reminder } from "../../storage/index.ts";
import { action, type CallMeta, type JsonSchema } from "../action.ts";
import { Conflict, InvalidInput, NotFound, Unavailable } from "../errors.ts";
import type { Activation, AnyActorType } from "./activation.ts";
import type { Counters } from "./counters.ts";
import type { StoredEvent } from "./definition.ts";
import type { StoredState } from "./load.ts";
import type { ActorNode } from "./node.ts";
import type { Owners } from "./owners.ts";
import { overview, placesIn, typesOf, type Overview, type ShardPlace } from "./overview.ts";
import { actorName, hostsOf, shardOf, shardsOf } from "./placement.ts";
import { asJson, replay, type Held, type Replay } from "./replay.ts";

/** What the actions need of a node's runtime. */
export interface Operated {
  readonly node: ActorNode | undefined;
  readonly counters: Counters;
  readonly types: readonly AnyActorType[];
}

/** A node's actors of one type. Turns, loads and refusals are counted since it started. */
export interface TypeStatus {
  readonly type: string;
  readonly activations: number;
  readonly packed: number;
  readonly waiting: number;
  readonly turns: number;
  readonly loads: number;
  readonly refusals: number;
}

export interface NodeStatus {
  readonly node: string;
  /** The node's own monotonic clock, ms: rates are differences of two answers. */
  readonly at: number;
  readonly draining: boolean;
  readonly shards: number;
  readonly types: readonly TypeStatus[];
  /** Since it started, of all types together: they share commits. */
  readonly events: number;
  readonly commits: number;
  readonly commitMs: number;
  readonly loadMs: number;
  readonly fencedWrites: number;
}

export interface HotActor {
  readonly type: string;
  readonly key: string;
  readonly version: number;
  /** During the time of watching. */
  readonly events: number;
  readonly waiting: number;
  readonly idleMs: number;
}

export interface ActorStatus extends ShardPlace {
  readonly type: string;
  readonly key: string;
  /** Events in the journal. */
  readonly version: number;
  /** The latest snapshot: events in it, and when the last of them happened (ms since 1970). */
  readonly snapshot: { readonly version: number; readonly at: number } | null;
  readonly reminders: readonly Reminder[];
  /** In the memory of the node that answers; null when it is not there. */
  readonly live: { readonly node: string; readonly epoch: number; readonly version: number; readonly waiting: number; readonly isLoading: boolean; readonly packedBytes: number; readonly idleMs: number } | null;
}

export interface LogEntry {
  readonly seq: number;
  readonly epoch: number;
  readonly opId: string;
  /** Ms since 1970. */
  readonly at: number;
  readonly v: number;
  readonly event: unknown;
}

export interface Log {
  readonly version: number;
  readonly entries: readonly LogEntry[];
  /** Where to go on; null at the end. */
  readonly next: number | null;
}

export interface Replayed extends Replay {
  /** Of `state` as JSON. A state too large for an answer is null. */
  readonly stateBytes: number;
}

export interface Moved {
  readonly shard: string;
  readonly from: string | null;
  readonly to: string;
  readonly epoch: number;
  /** From the order until the new owner announced itself. */
  readonly ms: number;
}

export interface Drained {
  readonly node: string;
  /** Shards that changed hands. */
  readonly shards: number;
  readonly ms: number;
}

/** How long a hand-over may take: draining a node's calls (limits.drainMs) for each of some rounds. */
const handOverMs = 30_000;
const pollMs = 10;
/** Waiting for a busy actor's commit. */
const busyMs = 5_000;
/** Bytes of JSON in one answer: NATS refuses messages of a megabyte. */
const answerBytes = 512 * 1024;

const typeName = { type: "string", min: 1, max: 64 } as const;
const key = { type: "string", min: 1, max: 200 } as const;
const shardName = { type: "string", min: 3, max: 80, pattern: "^[^/]+/[0-9]+$", description: "type and number, e.g. playlist/17" } as const;
const anObject: JsonSchema = { type: "object" };

type Ctx = Context<object, CallMeta>;

const storeOf = (ctx: Ctx): ActorStore => resourcesOf(ctx.broker).ports.actors;

/** The operators' actions, for the `actors` service of a broker whose runtime `shellOf` knows. */
export function operatorActions(shellOf: (broker: ServiceBroker) => Operated): Record<string, ActionSchema> {
  const nodeOf = (ctx: Ctx): ActorNode => {
    const { node } = shellOf(ctx.broker);
    if (node === undefined) throw new Unavailable("UNAVAILABLE", "This node has not started its actors yet.", 1_000);
    return node;
  };
  const typeOf = (ctx: Ctx, name: string): AnyActorType => {
    const type = shellOf(ctx.broker).types.find((one) => one.type === name);
    if (type === undefined) throw new NotFound("type of actor on this node", name);
    return type;
  };

  return {
    status: action({
      access: "admin", summary: "This node's actors in figures", params: {}, returns: anObject,
      handler(ctx): NodeStatus {
        const { counters, types } = shellOf(ctx.broker);
        const { host, membership } = nodeOf(ctx);
        const byType = Map.groupBy(host.activations.values(), ({ type }) => type.type);
        const { events, commits, commitMs, loadMs, fencedWrites } = counters;
        return {
          node: ctx.broker.nodeID, at: performance.now(), draining: membership.draining, shards: membership.owned().length, events, commits, commitMs, loadMs, fencedWrites,
          types: types.map(({ type }) => {
            const here = byType.get(type) ?? [];
            return {
              type, activations: here.length, packed: here.filter(({ isPacked }) => isPacked).length, waiting: here.reduce((sum, { waiting }) => sum + waiting, 0),
              turns: counters.turns.get(type) ?? 0, loads: counters.loads.get(type) ?? 0, refusals: counters.refusals.get(type) ?? 0,
            };
          }),
        };
      },
    }),

    hottest: action({
      access: "admin", summary: "Actors of this node that change most, watched for a moment", returns: { type: "array" },
      params: { type: { ...typeName, optional: true }, limit: { type: "number", integer: true, min: 1, max: 1_000, default: 20 }, overMs: { type: "number", integer: true, min: 0, max: 5_000, default: 1_000 } },
      async handler(ctx): Promise<HotActor[]> {
        const { host } = nodeOf(ctx);
        const here = () => [...host.activations.values()].filter(({ type }) => ctx.params.type === undefined || type.type === ctx.params.type);
        const before = new Map(here().map((activation) => [activation, activation.seq]));
        await pause(ctx.params.overMs);
        const now = performance.now();
        // One that was loaded meanwhile: its events before are not from this moment.
        const hot = here().map((activation) => ({ activation, events: before.has(activation) ? activation.seq - (before.get(activation) ?? 0) : 0 }));
        hot.sort((one, other) => other.events - one.events || other.activation.waiting - one.activation.waiting || other.activation.usedAt - one.activation.usedAt);
        return hot.slice(0, ctx.params.limit).map(({ activation, events }) => ({ type: activation.type.type, key: activation.key, version: activation.seq, events, waiting: activation.waiting, idleMs: Math.round(now - activation.usedAt) }));
      },
    }),

    shards: action({
      access: "admin", summary: "Where every shard is and should be", params: { type: { ...typeName, optional: true } }, returns: anObject,
      async handler(ctx): Promise<Overview> {
        const view = await storeOf(ctx).view();
        if (ctx.params.type !== undefined) known(view, ctx.params.type);
        return overview(view, ctx.params.type);
      },
    }),

    shard: action({
      access: "admin", summary: "Where one shard is and should be", params: { shard: shardName }, returns: anObject,
      handler: async (ctx): Promise<ShardPlace> => placeOf(await storeOf(ctx).view(), ctx.params.shard),
    }),

    where: action({
      access: "admin", summary: "Where an actor's shard is; the actor is not woken", params: { type: typeName, key }, returns: anObject,
      async handler(ctx): Promise<ShardPlace> {
        const view = await storeOf(ctx).view();
        known(view, ctx.params.type);
        return placesIn(view)(shardOf(ctx.params.type, ctx.params.key));
      },
    }),

    actor: action({
      access: "admin", summary: "An actor as this node and the journal know it; it is not woken", params: { type: typeName, key }, returns: anObject,
      async handler(ctx): Promise<ActorStatus> {
        const { type, key: actorKey } = ctx.params;
        const [view, { snapshot, events, reminders }] = await Promise.all([storeOf(ctx).view(), storeOf(ctx).load(actorName(type, actorKey))]);
        known(view, type);
        const activation = nodeOf(ctx).host.activations.get(actorName(type, actorKey));
        return {
          ...placesIn(view)(shardOf(type, actorKey)), type, key: actorKey,
          version: events.at(-1)?.seq ?? snapshot?.seq ?? 0,
          snapshot: snapshot === undefined ? null : { version: snapshot.seq, at: (snapshot.body as StoredState).at },
          reminders,
          live: activation === undefined ? null : {
            node: ctx.broker.nodeID, epoch: activation.epoch, version: activation.seq, waiting: activation.waiting,
            isLoading: activation.isLoading, packedBytes: activation.packedBytes, idleMs: Math.round(performance.now() - activation.usedAt),
          },
        };
      },
    }),

    log: action({
      access: "admin", summary: "An actor's journal", returns: anObject,
      params: { type: typeName, key, from: { type: "number", integer: true, min: 1, optional: true, description: "first event; absent: the last ones" }, limit: { type: "number", integer: true, min: 1, max: 1_000, default: 20 } },
      async handler(ctx): Promise<Log> {
        demandJournal(shellOf(ctx.broker).types.find(({ type }) => type === ctx.params.type));
        const name = actorName(ctx.params.type, ctx.params.key);
        const { snapshot, events } = await storeOf(ctx).load(name);
        const version = events.at(-1)?.seq ?? snapshot?.seq ?? 0;
        const stored = await storeOf(ctx).read(name, ctx.params.from ?? Math.max(1, version - ctx.params.limit + 1), ctx.params.limit);
        const entries: LogEntry[] = [];
        let bytes = 0;
        for (const { seq, epoch, opId, body } of stored) {
          const { at, v, e } = body as StoredEvent;
          bytes += Buffer.byteLength(JSON.stringify(e) ?? "") + 200;
          if (bytes > answerBytes && entries.length > 0) break;
          entries.push({ seq, epoch, opId, at, v, event: e });
        }
        const last = entries.at(-1)?.seq ?? version;
        return { version, entries, next: last < version ? last + 1 : null };
      },
    }),

    replay: action({
      access: "admin", summary: "Folds an actor's journal anew, and compares with the snapshot and the live state", returns: anObject,
      params: { type: typeName, key, to: { type: "number", integer: true, min: 1, optional: true, description: "last event; absent: all" } },
      async handler(ctx): Promise<Replayed> {
        const type = typeOf(ctx, ctx.params.type);
        demandJournal(type);
        const live = await liveState(nodeOf(ctx), type, ctx.params.key);
        const found = await replay(storeOf(ctx), type, ctx.params.key, { to: ctx.params.to, live });
        const stateBytes = Buffer.byteLength(JSON.stringify(found.state));
        return { ...found, state: stateBytes > answerBytes ? null : found.state, stateBytes };
      },
    }),

    passivate: action({
      access: "admin", summary: "Drops an actor of this node from memory; its next call loads it", params: { type: typeName, key }, returns: anObject,
      async handler(ctx): Promise<{ readonly passivated: boolean }> {
        const { host } = nodeOf(ctx);
        const name = actorName(ctx.params.type, ctx.params.key);
        if (!host.activations.has(name)) return { passivated: false };
        audit(ctx, "passivate", { actor: name });
        // Busy: it can go between two commits.
        if (!(await within(busyMs, () => host.passivate(name) || !host.activations.has(name)))) throw new Conflict("BUSY", "Calls wait for this actor all the time: it cannot be dropped now.");
        return { passivated: true };
      },
    }),

    moveShard: action({
      access: "admin", summary: "Hands a shard over to a node, where it stays", params: { shard: shardName, node: { type: "string", min: 1, max: 200 } }, returns: anObject,
      async handler(ctx): Promise<Moved> {
        const { shard, node: to } = ctx.params;
        const store = storeOf(ctx);
        const view = await store.view();
        const place = placeOf(view, shard);
        const hosts = hostsOf(view.members, shard.slice(0, shard.indexOf("/")));
        if (!hosts.includes(to)) throw new InvalidInput(`No live node "${to}" takes actors of this type; ${hosts.length === 0 ? "none does" : `there are ${hosts.join(", ")}`}.`);
        audit(ctx, "shard move", { shard, from: place.owner, to });
        const started = performance.now();
        await store.pin(shard, to);
        return settled(ctx, nodeOf(ctx), shard, to, place.owner, started);
      },
    }),

    unpinShard: action({
      access: "admin", summary: "Lets a shard that was moved go where it is computed to be", params: { shard: shardName }, returns: anObject,
      async handler(ctx): Promise<Moved> {
        const { shard } = ctx.params;
        const store = storeOf(ctx);
        const { owner, pinned } = placeOf(await store.view(), shard);
        if (pinned === null) throw new Conflict("NOT_MOVED", "Nobody moved this shard.");
        audit(ctx, "shard unpin", { shard, pinned });
        const started = performance.now();
        await store.pin(shard, null);
        const { wanted } = placeOf(await store.view(), shard);
        if (wanted === null) throw new Unavailable("UNAVAILABLE", "No node takes actors of this type now.", 5_000);
        return settled(ctx, nodeOf(ctx), shard, wanted, owner, started);
      },
    }),

    drain: action({
      access: "admin", summary: "This node gives all its shards away and takes none; it stays up", params: {}, returns: anObject,
      async handler(ctx): Promise<Drained> {
        const { membership, owners } = nodeOf(ctx);
        const view = await storeOf(ctx).view();
        const alone = shellOf(ctx.broker).types.filter(({ type }) => !hostsOf(view.members, type).some((node) => node !== ctx.broker.nodeID));
        if (alone.length > 0) throw new Conflict("NO_OTHER_NODE", `No other live node takes ${alone.map(({ type }) => type).join(", ")}: start one first.`);
        audit(ctx, "drain", {});
        const before = membership.owned();
        const started = performance.now();
        membership.setDraining(true);
        const isTaken = (shard: string) => ![null, undefined, ctx.broker.nodeID].includes(owners.get(shard)?.owner);
        if (!(await within(handOverMs, () => membership.owned().length === 0 && before.every(isTaken), () => relearn(ctx, owners)))) throw new Unavailable("STILL_DRAINING", `${membership.owned().length} of ${before.length} shards are still here, ${before.filter((shard) => !isTaken(shard)).length} not at another node yet; it goes on.`, 5_000);
        return { node: ctx.broker.nodeID, shards: before.length, ms: Math.round(performance.now() - started) };
      },
    }),

    undrain: action({
      access: "admin", summary: "This node takes its shards back", params: {}, returns: anObject,
      async handler(ctx): Promise<Drained> {
        const { membership } = nodeOf(ctx);
        audit(ctx, "undrain", {});
        const before = membership.owned().length;
        const started = performance.now();
        membership.setDraining(false);
        await membership.look();
        const placeIn = placesIn(await storeOf(ctx).view());
        const mine = shellOf(ctx.broker).types.flatMap(({ type }) => shardsOf(type)).filter((shard) => placeIn(shard).wanted === ctx.broker.nodeID).length;
        await within(handOverMs, () => membership.owned().length >= mine);
        return { node: ctx.broker.nodeID, shards: membership.owned().length - before, ms: Math.round(performance.now() - started) };
      },
    }),
  };
}

/** Who did what, on the node that does it. At a level that is shown everywhere: it is rare, and somebody will ask. */
function audit(ctx: Ctx, did: string, details: object): void {
  const { user } = ctx.meta;
  ctx.broker.logger.warn({ audit: did, by: user?.username, byId: user?.id, from: ctx.nodeID, ...details }, "an operator acted");
}

/** Waits until `to` is known to own the shard. */
async function settled(ctx: Ctx, node: ActorNode, shard: string, to: string, from: string | null, started: number): Promise<Moved> {
  await node.membership.look();
  const isThere = await within(handOverMs, () => node.owners.get(shard)?.owner === to, () => relearn(ctx, node.owners));
  if (!isThere) throw new Unavailable("STILL_MOVING", "The shard has not arrived yet; it goes there as soon as it can.", 5_000);
  return { shard, from, to, epoch: node.owners.get(shard)?.epoch ?? 0, ms: Math.round(performance.now() - started) };
}

/** New owners announce themselves; what they say may be lost. */
const relearn = async (ctx: Ctx, owners: Owners): Promise<void> => owners.learn((await storeOf(ctx).view()).shards);

/** The live actor's state, with nothing in it that is not committed; undefined when it is not in memory here. */
async function liveState(node: ActorNode, type: AnyActorType, actorKey: string): Promise<Held | undefined> {
  const find = (): Activation | undefined => node.host.activations.get(actorName(type.type, actorKey));
  await within(busyMs, () => find()?.isLoading !== true);
  const activation = find();
  if (activation === undefined || activation.isLoading) return undefined;
  const held = { version: activation.seq, state: asJson(activation.packedState()) };
  const isCommitted = await within(busyMs, () => activation.isGone || activation.committed >= held.version);
  return isCommitted && !activation.isGone ? held : undefined;
}

function known(view: ClusterView, type: string): void {
  const types = typesOf(view);
  if (!types.includes(type)) throw new InvalidInput(`There are no actors of type "${type}"; there are ${types.join(", ") || "none"}.`);
}

/** Throws for a type whose actors are in memory and in the mirror alone. */
function demandJournal(type: AnyActorType | undefined): void {
  if (type?.soft !== undefined) throw new InvalidInput(`${type.type} is soft: its actors have no journal.`);
}

function placeOf(view: ClusterView, shard: string): ShardPlace {
  const type = shard.slice(0, shard.indexOf("/"));
  known(view, type);
  if (!shardsOf(type).includes(shard)) throw new InvalidInput(`${type} has the shards ${type}/0 to ${type}/${shardsOf(type).length - 1}.`);
  return placesIn(view)(shard);
}

/** Whether `is` became true in time. `meanwhile` runs now and then. */
async function within(ms: number, is: () => boolean, meanwhile?: () => Promise<void>): Promise<boolean> {
  const deadline = performance.now() + ms;
  for (let turn = 1; !is(); turn++) {
    if (performance.now() >= deadline) return false;
    await pause(pollMs);
    if (turn % 50 === 0) await meanwhile?.();
  }
  return true;
}
