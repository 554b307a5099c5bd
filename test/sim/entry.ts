/** Where callers enter: a simulated process with a node of the runtime, or with the router alone, as a gateway has it. */
import type { Answer, Call } from "../../actors/runtime/call.ts";
import type { AnyActorType } from "../../actors/runtime/activation.ts";
import { limits as defaults, type Limits } from "../../actors/runtime/limits.ts";
import { ActorNode } from "../../actors/runtime/node.ts";
import { Owners } from "../../actors/runtime/owners.ts";
import type { Clock, ShardOwner, Transport } from "../../actors/runtime/ports.ts";
import { refusalOf } from "../../actors/runtime/refusal.ts";
import { Router } from "../../actors/runtime/router.ts";
import type { ActorStore, EventLog, Mirror } from "../../storage/ports.ts";
import type { Network, Station } from "./network.ts";
import type { SimProcess } from "./process.ts";

export interface Entry extends Station {
  readonly node: ActorNode | undefined;
  readonly router: Router;
  /** The store as this process sees it, and the mirror of soft actors. */
  readonly store: ActorStore;
  readonly mirror?: Mirror | undefined;
  /** Never rejects. */
  call(call: Call, timeoutMs: number): Promise<Answer>;
}

export interface NodeParts {
  readonly process: SimProcess;
  readonly types: readonly AnyActorType[];
  readonly store: ActorStore;
  /** Undefined: there are no soft actors. */
  readonly mirror: Mirror | undefined;
  readonly events: EventLog | undefined;
  readonly clock: Clock;
  readonly transport: Transport;
  readonly limits: Partial<Limits>;
  failed(error: unknown): void;
}

export function nodeEntry({ process, types, store, mirror, events, clock, transport, limits, failed }: NodeParts): Entry & { readonly node: ActorNode } {
  const node = new ActorNode({ node: process.name, types, store, ...(mirror === undefined ? {} : { mirror }), ...(events === undefined ? {} : { events }), clock, random: process.random, transport, limits, failed });
  return {
    process, node, store, mirror, router: node.router,
    call: (call, timeoutMs) => node.call(call, timeoutMs).catch((error: unknown): Answer => ({ error: refusalOf(error) })),
    receive: (calls) => node.receive(calls),
    heard: (owners) => node.heard(owners),
    owners: () => node.owners.all(),
  };
}

/** As actors/runtime/shell.ts wires it on a broker without actors. `ask`: any node that hosts some. */
export function gatewayEntry(process: SimProcess, store: ActorStore, network: Network, limits: Partial<Limits>, ask: () => string | undefined): Entry {
  const owners = new Owners((was, is) => router.moved(was, is));
  let refreshing: Promise<void> | undefined;
  const refresh = async () => {
    const node = ask();
    if (node === undefined) return;
    try {
      owners.learn(await network.askOwners(process, node, limits.viewMs ?? defaults.viewMs));
    } catch {
      // Nobody answered; the router asks again.
    }
  };
  const router: Router = new Router({
    node: process.name, clock: process.clock, random: process.random, transport: network.transportOf(process), limits: { ...defaults, ...limits }, hooks: {}, owners, local: undefined,
    refresh: () => (refreshing ??= refresh().finally(() => (refreshing = undefined))),
  });
  return {
    process, node: undefined, store, router,
    call: (call, timeoutMs) => router.call(call, timeoutMs).catch((error: unknown): Answer => ({ error: refusalOf(error) })),
    heard: (news: readonly ShardOwner[]) => owners.learn(news),
    owners: () => owners.all(),
  };
}
