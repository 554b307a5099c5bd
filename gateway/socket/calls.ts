/**
 * Actions by socket: those that a REST route lists, by their own names, with the same identity, access rules, rates and
 * errors. Not those that take credentials: a socket has an identity already, and their rate is another.
 */
import { randomUUID } from "node:crypto";
import type { ServiceBroker } from "moleculer";
import type { Access } from "../../actors/index.ts";
import { authorise } from "../http/api.ts";
import { jsonObject } from "../http/json.ts";
import { later, notFound } from "../http/problem.ts";
import type { Route } from "../http/routes.ts";
import type { Connection } from "./connection.ts";
import type { SocketLimits } from "./limits.ts";

/** The part of Moleculer's registry that says how an action was declared. */
interface Endpoints {
  readonly endpoints: readonly { readonly action: { readonly access?: Access; readonly params?: Readonly<Record<string, unknown>> } }[];
}

export class Calls {
  readonly #broker: ServiceBroker;
  readonly #routes: ReadonlyMap<string, Route>;
  readonly #limits: SocketLimits;

  constructor(broker: ServiceBroker, routes: readonly Route[], limits: SocketLimits) {
    this.#broker = broker;
    this.#routes = new Map(routes.filter((route) => route.credentials !== true).map((route) => [route.action, route]));
    this.#limits = limits;
  }

  /** The route of an action that may be called; undefined for every other name, and for what is no name. */
  routeOf(action: unknown): Route | undefined {
    return typeof action === "string" ? this.#routes.get(action) : undefined;
  }

  /** Answers what the action answers. Throws a Problem, or what the action threw. */
  async call(connection: Connection, route: Route | undefined, given: unknown): Promise<unknown> {
    if (connection.callsInProgress >= this.#limits.calls) throw later(429, "TOO_MANY_CALLS", `A socket may wait for ${this.#limits.calls} answers at a time.`, 1_000);
    connection.callsInProgress += 1;
    try {
      await connection.count();
      if (route === undefined) throw notFound();
      const declared = (this.#broker.registry.getActionEndpoints(route.action) as unknown as Endpoints | undefined)?.endpoints[0]?.action;
      // The action's node checks again; here it saves the way there. Without a node the call says so.
      if (declared !== undefined) authorise(declared.access, connection.user);
      const params = jsonObject(given ?? {});
      if (declared?.params !== undefined && "opId" in declared.params && params["opId"] === undefined) params["opId"] = randomUUID();
      const meta = connection.meta();
      return await this.#broker.call(route.action, params, { meta, requestID: meta.requestId, ...(route.timeoutMs === undefined ? {} : { timeout: route.timeoutMs }) });
    } finally {
      connection.callsInProgress -= 1;
    }
  }
}
