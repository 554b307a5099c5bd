/**
 * The front of the public port: every request comes here first, whole.
 *
 *   request -> sane? -> /audio/      edge (own CORS, own signature, no rate)
 *                    -> page, docs   static
 *                    -> /v1/         origin -> rate by address -> route -> token -> rate by account -> handler
 *
 * Whatever is thrown below becomes one answer in the API's error form, one log line and one count. Nothing a client
 * sends can end the process: the outermost promise has a last catch that cuts the connection.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "moleculer";
import { open, type Exchange } from "./exchange.ts";
import { preflightHeaders, type HeaderList, type Origins, type SecurityHeaders } from "./headers.ts";
import { limits } from "./limits.ts";
import type { Metrics } from "./metrics.ts";
import { addressKey, type Proxies } from "./peer.ts";
import { notFound, Problem, problemOf } from "./problem.ts";
import type { RateLimits } from "./rate-limits.ts";
import type { Router } from "./router.ts";
import type { AccessTokens } from "./tokens.ts";

/** Answers an exchange, or throws a Problem. */
export type Handler = (exchange: Exchange) => Promise<void> | void;

/** An entry of the front's table below /v1/. */
export interface Endpoint {
  readonly method: string;
  readonly path: string;
  readonly handler: Handler;
  /** Takes credentials instead of a token. */
  readonly credentials?: boolean;
  /** May be read by any web origin (images). */
  readonly open?: boolean;
}

export interface FrontParts {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly headers: SecurityHeaders;
  readonly origins: Origins;
  readonly proxies: Proxies;
  readonly publicUrl: string | undefined;
  readonly rates: RateLimits;
  readonly tokens: AccessTokens;
  readonly router: Router<Endpoint>;
  /** Everything below /audio/. */
  readonly edge: Handler;
  /** Pages, documentation, health: answered to anybody. They set their own headers. */
  readonly page: (path: string) => Handler | undefined;
  /** Whether the node is stopping. */
  readonly stopping: () => boolean;
}

export class Front {
  readonly #parts: FrontParts;
  #inProgress = 0;

  constructor(parts: FrontParts) {
    this.#parts = parts;
  }

  /** Requests not yet answered. */
  get inProgress(): number {
    return this.#inProgress;
  }

  /** The listener of the HTTP server. */
  readonly listener = (request: IncomingMessage, response: ServerResponse): void => {
    const exchange = open(request, response, this.#parts.stopping);
    this.#inProgress += 1;
    response.once("close", () => {
      this.#inProgress -= 1;
      this.#record(exchange);
    });
    // A client that goes away is no error of ours; "close" follows.
    response.on("error", () => undefined);
    this.#answer(exchange).catch((error: unknown) => this.fail(exchange, error));
  };

  /** Answers with whatever an error amounts to. Never throws. */
  fail(exchange: Exchange, error: unknown): void {
    try {
      const problem = problemOf(error, exchange.method);
      if (problem.status === 500) this.#parts.logger.error({ requestId: exchange.id, err: logged(error) }, `request failed: ${exchange.method} ${exchange.template}`);
      exchange.problem(problem);
    } catch (failure) {
      this.#parts.logger.error({ requestId: exchange.id, err: logged(failure) }, "an answer could not be written");
      exchange.response.destroy();
    }
  }

  async #answer(exchange: Exchange): Promise<void> {
    const { request } = exchange;
    const { headers, origins, proxies, publicUrl } = this.#parts;
    exchange.baseHeaders = headers.api;
    if ((request.url?.length ?? 0) > limits.urlBytes) throw new Problem(414, "URL_TOO_LONG", `An address may have at most ${limits.urlBytes} characters.`);
    exchange.address = proxies.address(request);

    if (exchange.path.startsWith("/audio/")) return this.#parts.edge(exchange);
    const page = exchange.path.startsWith("/v1/") ? undefined : this.#parts.page(exchange.path);
    if (page !== undefined) return page(exchange);

    exchange.origin = proxies.origin(request, publicUrl);
    const cors = origins.headers(request.headers.origin, exchange.origin);
    if (exchange.method === "OPTIONS") return this.#preflight(exchange, cors);
    const match = this.#parts.router.find(exchange.method, exchange.path);
    if (match?.entry.open === true) exchange.baseHeaders = headers.open;
    else if (cors === undefined) throw new Problem(403, "ORIGIN_NOT_ALLOWED", "Pages of this origin may not call the service.");
    else if (cors.length > 0) exchange.baseHeaders = [...headers.api, ...cors];
    if (match === undefined) throw this.#unrouted(exchange);

    exchange.template = match.entry.path;
    exchange.params = match.params;
    await this.#parts.rates.take("address", addressKey(exchange.address));
    if (match.entry.credentials === true) {
      await this.#parts.rates.take("credentials", addressKey(exchange.address));
    } else {
      const identity = this.#parts.tokens.identity(request.headers.authorization, Date.now());
      // Awaiting a value that is already there costs a turn of the queue on each request.
      exchange.user = identity instanceof Promise ? await identity : identity;
      if (exchange.user !== undefined) await this.#parts.rates.take("account", exchange.user.id);
    }
    await match.entry.handler(exchange);
  }

  #preflight(exchange: Exchange, cors: HeaderList | undefined): void {
    const methods = this.#parts.router.methods(exchange.path);
    if (methods.length === 0) throw notFound();
    const wanted = exchange.request.headers["access-control-request-method"];
    if (wanted === undefined) return exchange.empty(204, { Allow: ["OPTIONS", ...methods].join(", ") });
    const open = this.#parts.router.find(methods[0] ?? "GET", exchange.path)?.entry.open === true;
    if (open) exchange.baseHeaders = this.#parts.headers.open;
    else if (cors === undefined) throw new Problem(403, "ORIGIN_NOT_ALLOWED", "Pages of this origin may not call the service.");
    else exchange.baseHeaders = [...this.#parts.headers.api, ...cors];
    exchange.empty(204, preflightHeaders(methods));
  }

  #unrouted(exchange: Exchange): Problem {
    const methods = this.#parts.router.methods(exchange.path);
    if (methods.length === 0) return notFound();
    return new Problem(405, "METHOD_NOT_ALLOWED", `Use ${methods.join(" or ")}.`, { headers: { Allow: ["OPTIONS", ...methods].join(", ") } });
  }

  #record(exchange: Exchange): void {
    const { logger, metrics } = this.#parts;
    const { response, method, template, id, address, user, startedMs } = exchange;
    const ms = performance.now() - startedMs;
    // 499: the client went away before the answer, as nginx writes it.
    const status = response.headersSent ? response.statusCode : 499;
    metrics.request(template, method, status, ms / 1_000);
    // A chunk every few seconds and listener: counted, but no line of its own unless asked for or refused.
    const level = status >= 500 ? "warn" : status < 400 && template.startsWith("/audio/") ? "debug" : "info";
    // Templates, not URLs: an audio URL is a key, and a search says what someone looks for.
    logger[level]({ requestId: id, method, route: template, status, ms: Math.round(ms * 10) / 10, address, ...(user === undefined ? {} : { user: user.id }) }, "request");
  }
}

/** What a log keeps of an error: not its other fields, which may hold anything, in any depth. */
function logged(error: unknown): { type: string; message: string; stack?: string } {
  if (!(error instanceof Error)) return { type: typeof error, message: "not an error" };
  return { type: error.name, message: error.message, ...(error.stack === undefined ? {} : { stack: error.stack }) };
}
