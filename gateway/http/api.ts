/**
 * The part of the gateway that is moleculer-web: from a routed exchange to an action and back.
 *
 * moleculer-web keeps what it is good at (aliases, endpoints of the registry, contexts). Four of its methods are
 * replaced: its query parser (lets duplicates and nesting through), its search by regular expression (front.ts has
 * found the route already), its answer writer (reads headers and even bytes out of what an action answers) and its
 * error writer (repeats what was sent; dies on deep data).
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Context, Service, ServiceSchema, ServiceSettingSchema } from "moleculer";
import ApiGateway from "moleculer-web";
import type { Access, CallMeta, Identity } from "../../actors/index.ts";
import { readJson } from "./body.ts";
import { exchangeOf, type Exchange } from "./exchange.ts";
import { jsonText } from "./json-text.ts";
import { forbidden, notFound, Problem, unauthorized } from "./problem.ts";
import { coerce, parseQuery } from "./query.ts";
import type { Route } from "./routes.ts";

/** What moleculer-web puts on a request on its way. */
interface RoutedRequest extends IncomingMessage {
  $ctx: Context<unknown, CallMeta>;
  $endpoint: { action: { access?: Access; params?: Record<string, unknown> } };
}

interface Alias {
  readonly method: string;
  readonly fullPath: string;
}

/** moleculer-web's own entry, as the mixin uses it. */
export interface ApiMethods {
  httpHandler(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

const none: readonly string[] = [];

/** Mixin: moleculer-web without a server of its own, routing `routes` and nothing else. `fail` answers with an error and never throws. */
export function apiMixin(routes: readonly Route[], fail: (service: Service, exchange: Exchange, error: unknown) => void): ServiceSchema {
  const table = new Map(routes.map((route) => [`${route.method} ${route.path}`, route]));
  return {
    name: "gateway",
    mixins: [ApiGateway as ServiceSchema],
    settings: {
      server: false,
      logRequest: null,
      logRequestParams: null,
      logResponse: null,
      logRouteRegistration: null,
      rootCallOptions(options: { requestID?: string; meta?: CallMeta }, request: IncomingMessage) {
        // moleculer-web takes the id from a header that anyone may write. Ours goes out with the head of the answer; with
        // an id here it would be set beforehand, which takes the head off Node's fast path.
        options.requestID = "";
        options.meta = metaOf(exchangeOf(request));
      },
      routes: [
        {
          path: "/",
          mappingPolicy: "restrict",
          bodyParsers: false,
          logging: false,
          aliases: Object.fromEntries(routes.map((route) => [`${route.method} ${route.path.slice(1)}`, route.action])),
        },
      ],
    } as ServiceSettingSchema,
    actions: {
      // Change or tell the routes from outside: not here.
      listAliases: false,
      addRoute: false,
      removeRoute: false,
    },
    methods: {
      /** front.ts knows the route: moleculer-web gets its template as the URL, and the query is read where it is checked. */
      parseQueryString(request: IncomingMessage) {
        return { url: exchangeOf(request).template, query: {} };
      },

      resolveAlias(this: Service & { aliases: Alias[]; aliasTable?: Map<string, Alias> }, template: string, method: string) {
        this.aliasTable ??= new Map(this.aliases.map((alias) => [`${alias.method} ${alias.fullPath}`, alias]));
        const alias = this.aliasTable.get(`${method === "HEAD" ? "GET" : method} ${template}`);
        return alias === undefined ? false : { alias, params: {} };
      },

      async callAction(this: Service, _route: unknown, _action: string, request: RoutedRequest): Promise<boolean> {
        const exchange = exchangeOf(request);
        const entry = table.get(`${exchange.method === "HEAD" ? "GET" : exchange.method} ${exchange.template}`);
        const { access, params: rules } = request.$endpoint.action;
        if (entry === undefined) throw notFound();
        // The action's node checks again; here it saves the way there, and the reading of a body.
        authorise(access, exchange.user);
        const params = await parameters(exchange, rules ?? {});
        // By name: an actor's action goes to the node that owns the actor, whichever endpoint moleculer-web chose.
        const answer: unknown = await request.$ctx.call(entry.action, params, entry.timeoutMs === undefined ? { requestID: exchange.id } : { requestID: exchange.id, timeout: entry.timeoutMs });
        exchange.json(entry.status ?? 200, jsonText(answer, entry.shared ?? none));
        return true;
      },

      errorHandler(this: Service, request: IncomingMessage, _response: ServerResponse, error: unknown): void {
        fail(this, exchangeOf(request), error);
      },

      send404(this: Service, request: IncomingMessage): void {
        fail(this, exchangeOf(request), notFound());
      },
    },
  };
}

/** What travels with the calls of an exchange. */
export function metaOf({ id, user, origin }: Exchange): CallMeta {
  return user === undefined ? { requestId: id, origin } : { requestId: id, origin, user };
}

/** Refuses a caller whom an action's access rule does not allow. Throws Problem 401, 403 or 404. */
export function authorise(access: Access | undefined, user: Identity | undefined): void {
  switch (access) {
    case "public":
      return;
    case "listener":
    case "admin":
      if (user === undefined) throw unauthorized();
      if (access === "admin" && user.role !== "admin") throw forbidden();
      return;
    case "internal":
    case undefined:
      // An action without a rule is as good as none.
      throw notFound();
  }
}

/** Parameters of the action: path, and the query of a GET or DELETE or the body of anything else. The path wins. */
async function parameters(exchange: Exchange, rules: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
  const { method, search, request } = exchange;
  const isRead = method === "GET" || method === "HEAD";
  if (!isRead && method !== "DELETE" && search !== "") throw new Problem(422, "INVALID_INPUT", "This call takes its parameters from the body, not from the query.");
  const given = isRead || method === "DELETE" ? coerce(parseQuery(search), rules) : await readJson(request);
  const params: Record<string, unknown> = Object.assign(given, exchange.params);
  // A client that names no operation cannot repeat it; what repeats it behind this point must be able to.
  if (!isRead && "opId" in rules && params["opId"] === undefined) params["opId"] = randomUUID();
  return params;
}
