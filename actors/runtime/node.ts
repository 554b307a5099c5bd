/**
 * One node of the actor runtime: its membership, its actors and its router. The whole of it stands on ports (clock,
 * random, transport, store), so that the seeded simulation runs this very code.
 */
import type { ActorStore, EventLog, Mirror } from "../../storage/index.ts";
import type { AnyActorType } from "./activation.ts";
import type { Answer, Call } from "./call.ts";
import { Host } from "./host.ts";
import { limits as defaults, type Limits } from "./limits.ts";
import { Membership } from "./membership.ts";
import { Owners } from "./owners.ts";
import type { Clock, Hooks, Moved, Random, Transport } from "./ports.ts";
import { Reminders } from "./reminders.ts";
import { Router } from "./router.ts";

export interface ActorNodeParts {
  /** Its name on the bus, unique among the living. */
  readonly node: string;
  readonly types: readonly AnyActorType[];
  readonly store: ActorStore;
  /** For soft types. */
  readonly mirror?: Mirror;
  readonly events?: EventLog;
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly limits?: Partial<Limits>;
  readonly hooks?: Hooks;
  /** How a call that this node owns reaches `host.execute`: through its action in production, directly when absent. */
  execute?(call: Call): Promise<Answer>;
  /** Something failed that no caller hears of; for the log. */
  failed?(error: unknown): void;
}

export class ActorNode {
  readonly host: Host;
  readonly membership: Membership;
  readonly router: Router;
  readonly owners: Owners;
  readonly reminders: Reminders;
  readonly #parts: ActorNodeParts;

  constructor(parts: ActorNodeParts) {
    this.#parts = parts;
    const { node, types, store, clock, random, transport } = parts;
    const limits: Limits = { ...defaults, ...parts.limits };
    const hooks = parts.hooks ?? {};
    const failed = (error: unknown) => parts.failed?.(error);
    this.owners = new Owners((was, is) => this.router.moved(was, is));
    this.host = new Host({ types, store, mirror: parts.mirror, events: parts.events, clock, limits, hooks, owners: this.owners, membership: () => this.membership, reminded: (activation, changes) => this.reminders.changed(activation, changes), failed });
    this.reminders = new Reminders({
      types, store, clock, limits, hooks, failed,
      owned: () => this.membership.owned().filter((shard) => this.membership.epochOf(shard) !== undefined),
      deliver: (call) => this.host.execute(call),
    });
    this.membership = new Membership({
      node, types: types.map(({ type }) => type), store, clock, limits, owners: this.owners, failed,
      announce: (owners) => {
        transport.announce(owners);
        if (owners.some(({ owner }) => owner === node)) this.reminders.look();
      },
      drain: (shards) => this.host.drain(shards),
      lost: (shards) => this.host.lost(shards),
    });
    this.router = new Router({ node, clock, random, transport, limits, hooks, owners: this.owners, local: (call) => this.#execute(call), refresh: () => this.membership.look() });
  }

  #execute(call: Call): Promise<Answer> {
    return this.#parts.execute?.(call) ?? this.host.execute(call);
  }

  async start(): Promise<void> {
    this.host.start();
    this.reminders.start();
    await this.membership.start();
  }

  /** Hands everything over, then leaves. */
  async stop(): Promise<void> {
    await this.membership.stop();
    this.reminders.stop();
    this.host.stop();
  }

  /** As if the power went. For simulations. */
  crash(): void {
    this.membership.crash();
    this.reminders.stop();
    this.host.stop();
  }

  /** A call from this node, to wherever its actor lives. */
  call(call: Call, timeoutMs: number): Promise<Answer> {
    return this.router.call(call, timeoutMs);
  }

  /** Calls that another node's router sent here. */
  receive(calls: readonly Call[]): Promise<Answer[]> {
    return Promise.all(calls.map((call) => this.#execute(call)));
  }

  /** Another node says that shards have new owners: a hint. */
  heard(owners: readonly Moved[]): void {
    this.owners.learn(owners);
    this.membership.released(owners.filter(({ owner }) => owner === null));
  }
}
