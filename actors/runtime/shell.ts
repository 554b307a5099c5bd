/**
 * The runtime on Moleculer: which broker has which node, how calls travel, how errors come back.
 *
 *   broker.call("playlist.apply", ...)  on any node
 *     -> middleware: which actor, who owns it                         (router.ts)
 *     -> "actors.batch" on the owner, many calls in one message       (this file)
 *     -> the action itself, on the owner: access, parameters, handler
 *     -> the actor's turn and its commit                              (host.ts)
 */
import { performance } from "node:perf_hooks";
import { Errors, type ActionSchema, type Context, type ServiceBroker, type ServiceSchema } from "moleculer";
import { resourcesOf } from "../../resources.ts";
import type { CallMeta, Declared } from "../action.ts";
import type { AnyActorType } from "./activation.ts";
import type { Answer, Call, Refusal } from "./call.ts";
import { Counters } from "./counters.ts";
import { Interrupted, UnknownActor } from "./errors.ts";
import { limits } from "./limits.ts";
import { addRuntimeMeasures } from "./measures.ts";
import { ActorNode } from "./node.ts";
import { operatorActions } from "./operator.ts";
import { Owners } from "./owners.ts";
import type { Clock, Random, ShardOwner, Transport } from "./ports.ts";
import { shardOf } from "./placement.ts";
import { refusalOf } from "./refusal.ts";
import { Router } from "./router.ts";
import { keyOf, type ActorAction } from "./target.ts";

/** An error of an actor or of the runtime, as callers of broker.call get it. */
export class ActorRefused extends Error {
  override readonly name: string;
  /** HTTP status. */
  readonly code: number;
  readonly type: string;
  readonly data: unknown;
  readonly retryable: boolean;
  /** The same, as it travels. */
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    const { name, message, code, type, data, retryable } = refusal;
    super(message);
    this.refusal = refusal;
    this.name = name;
    this.code = code ?? 500;
    this.type = type ?? "INTERNAL";
    this.data = data;
    this.retryable = retryable ?? false;
  }
}

/** What callers are told of the runtime's own errors. */
const statuses: Readonly<Record<string, { readonly code: number; readonly type: string; readonly retryable: boolean }>> = {
  Overloaded: { code: 503, type: "OVERLOADED", retryable: true },
  Interrupted: { code: 503, type: "OUTCOME_UNKNOWN", retryable: true },
  NotOwner: { code: 503, type: "UNAVAILABLE", retryable: true },
  UnknownActor: { code: 503, type: "UNAVAILABLE", retryable: true },
};

const errorOf = (refusal: Refusal): ActorRefused => new ActorRefused({ ...refusal, ...statuses[refusal.name] });

const clock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  soon: (run) => void setImmediate(run),
};

const random: Random = { next: () => Math.random() };

/** The runtime of one broker. */
class Shell {
  readonly broker: ServiceBroker;
  readonly types: AnyActorType[] = [];
  readonly counters = new Counters();
  #node: ActorNode | undefined;
  #router: Router | undefined;
  #targets = new Map<string, ActorAction>();
  #refreshing: Promise<void> | undefined;
  #owners: Owners | undefined;

  constructor(broker: ServiceBroker) {
    this.broker = broker;
  }

  get node(): ActorNode | undefined {
    return this.#node;
  }

  /** Called when every service has started. */
  async start(): Promise<void> {
    if (this.types.length === 0) return;
    const { ports } = resourcesOf(this.broker);
    this.#node = new ActorNode({
      node: this.broker.nodeID,
      types: this.types,
      store: ports.actors,
      mirror: ports.mirror,
      events: ports.events,
      clock, random,
      transport: this.#transport(),
      hooks: this.counters,
      execute: (call) => this.invoke(call),
      failed: (error) => this.broker.logger.warn("the actor runtime", error),
    });
    this.#router = this.#node.router;
    addRuntimeMeasures(this.broker, this.counters, this.#node.reminders);
    await this.#node.start();
  }

  async stop(): Promise<void> {
    await this.#node?.stop();
  }

  heard(owners: readonly ShardOwner[]): void {
    if (this.#node === undefined) this.#owners?.learn(owners);
    else this.#node.heard(owners);
  }

  /** Which actor an action is for; undefined for an ordinary action. */
  targetOf(action: string): ActorAction | undefined {
    const known = this.#targets.get(action);
    if (known !== undefined) return known;
    // The registry of every node holds every action's schema, without its handler.
    const list = this.broker.registry.actions.get(action) as { endpoints?: readonly { action?: { actor?: ActorAction } }[] } | null;
    const target = list?.endpoints?.[0]?.action?.actor;
    if (target !== undefined) this.#targets.set(action, target);
    return target;
  }

  /**
   * Takes a call to the actor's owner; `here` is the action on this node, which is all when the actor lives here. When it moves meanwhile
   * the router takes the call after it. Rejects with ActorRefused.
   */
  async route(target: ActorAction, key: string, params: unknown, meta: unknown, timeoutMs: number, here: () => Promise<unknown>): Promise<unknown> {
    const startedMs = clock.now();
    if (this.#node?.membership.epochOf(shardOf(target.type, key)) !== undefined) {
      try {
        return await here();
      } catch (error) {
        const refusal = error instanceof ActorRefused ? error.refusal : refusalOf(error instanceof Errors.RequestTimeoutError ? new Interrupted("no answer in time") : error);
        const isOver = clock.now() - startedMs >= timeoutMs;
        if (isOver || (refusal.name !== "NotOwner" && refusal.name !== "Interrupted")) throw errorOf(refusal);
      }
    }
    const call: Call = { type: target.type, key, method: target.method, params, meta };
    let answer: Answer;
    try {
      answer = await this.#route().call(call, Math.max(1, timeoutMs - (clock.now() - startedMs)));
    } catch (error) {
      answer = { error: refusalOf(error) };
    }
    if ("ok" in answer) return answer.ok;
    throw errorOf(answer.error);
  }

  /** Runs a call through its action on this node: access, parameters, then the actor. */
  async invoke(call: Call): Promise<Answer> {
    try {
      const name = `${call.type}.${call.method}`;
      return { ok: await this.broker.call(name, call.params as object, { meta: call.meta as object, nodeID: this.broker.nodeID, timeout: 0 }) };
    } catch (error) {
      return { error: error instanceof ActorRefused ? error.refusal : refusalOf(error) };
    }
  }

  #route(): Router {
    if (this.#router !== undefined) return this.#router;
    const owners = (this.#owners = new Owners((was, is) => router.moved(was, is)));
    const router: Router = new Router({
      node: this.broker.nodeID, clock, random, limits, owners,
      transport: this.#transport(), hooks: this.counters, local: undefined,
      refresh: () => (this.#refreshing ??= this.#refresh(owners).finally(() => (this.#refreshing = undefined))),
    });
    return (this.#router = router);
  }

  /** Asks any node that hosts actors. */
  async #refresh(owners: Owners): Promise<void> {
    try {
      owners.learn(await this.broker.call<ShardOwner[], object>("actors.owners", {}, { timeout: limits.viewMs }));
    } catch (error) {
      this.broker.logger.debug("nobody says who owns which actor", error);
    }
  }

  #transport(): Transport {
    return {
      send: (node, calls, timeoutMs) => this.broker.call<Answer[], { calls: readonly Call[] }>("actors.batch", { calls }, { nodeID: node, timeout: timeoutMs }),
      announce: (owners) => void this.broker.broadcast("actors.moved", { owners }),
    };
  }
}

const shells = new WeakMap<ServiceBroker, Shell>();

/** The runtime of a broker. */
export function shellOf(broker: ServiceBroker): Shell {
  let shell = shells.get(broker);
  if (shell === undefined) shells.set(broker, (shell = new Shell(broker)));
  return shell;
}

/** Makes this broker's node host a type. Before it starts. */
export function hostType(broker: ServiceBroker, type: AnyActorType): void {
  const shell = shellOf(broker);
  if (shell.node !== undefined) throw new Error(`${type.type} came after the node had started`);
  shell.types.push(type);
  if (shell.types.length === 1) broker.createService(actorsService());
}

/** The handler of an actor's action. Throws ActorRefused. */
export async function executeHere(broker: ServiceBroker, target: ActorAction, ctx: Context<Record<string, unknown>, CallMeta>): Promise<unknown> {
  const { node } = shellOf(broker);
  const key = keyOf(target, ctx.params, ctx.meta);
  if (node === undefined || key === undefined) throw errorOf(refusalOf(new UnknownActor(`${target.type} is not hosted here`)));
  const answer = await node.host.execute({ type: target.type, key, method: target.method, params: ctx.params, meta: ctx.meta });
  if ("ok" in answer) return answer.ok;
  throw new ActorRefused(answer.error);
}

const internal = (summary: string, action: Partial<ActionSchema>): ActionSchema & Declared => ({ access: "internal", summary, returns: {}, ...action });

/** What nodes say to each other. */
function actorsService(): ServiceSchema {
  return {
    name: "actors",
    actions: {
      batch: internal("Calls for actors of this node; their answers, in the same order.", {
        params: { $$strict: true, calls: { type: "array", max: limits.batchCalls } },
        async handler(ctx: Context<{ calls: readonly Call[] }>): Promise<Answer[]> {
          const shell = shellOf(ctx.broker);
          // Nobody awaits before all are taken: they keep the order in which they came.
          return Promise.all(ctx.params.calls.map((call) => shell.invoke(call)));
        },
      }),
      owners: internal("Who owns which shard.", {
        params: { $$strict: true },
        handler: (ctx: Context): ShardOwner[] => shellOf(ctx.broker).node?.owners.all() ?? [],
      }),
      ...operatorActions(shellOf),
    },
  } as ServiceSchema;
}
