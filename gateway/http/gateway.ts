/**
 * The gateway as one object: both servers and everything between them, built from the resources of a started broker.
 * http.service.ts is its Moleculer side.
 */
import type { IncomingMessage, Server } from "node:http";
import type { Logger } from "moleculer";
import type { Measure, Resources } from "../../resources.ts";
import { AudioEdge } from "../edge/audio.ts";
import { ChunkCache } from "../edge/chunk-cache.ts";
import { edgeLimits } from "../edge/limits.ts";
import { Images } from "../edge/images.ts";
import { SignedUrls } from "../edge/signed-url.ts";
import { Streams, type FileLookup } from "../edge/stream.ts";
import { Front, type Endpoint } from "./front.ts";
import { Origins, securityHeaders } from "./headers.ts";
import { limits, type Rates } from "./limits.ts";
import { EventLoopLag, Metrics } from "./metrics.ts";
import { Health, opsListener } from "./ops.ts";
import { pages } from "./pages.ts";
import { Proxies } from "./peer.ts";
import { RateLimits } from "./rate-limits.ts";
import { Router } from "./router.ts";
import { boundedServer, closeServer, listen, openConnections } from "./server.ts";
import type { StaticFile } from "./static-files.ts";
import { AccessTokens } from "./tokens.ts";

export interface GatewayParts {
  readonly resources: Resources;
  readonly logger: Logger;
  readonly rates: Rates;
  /** Routes below /v1/ that are answered here or through moleculer-web. */
  readonly endpoints: readonly Endpoint[];
  /** Asks streaming.file in the caller's name. */
  readonly fileOf: FileLookup;
  /** The player page and what it loads. */
  readonly player: ReadonlyMap<string, StaticFile>;
  readonly docs: ReadonlyMap<string, StaticFile>;
  readonly description: ReadonlyMap<string, StaticFile>;
  /** Figures of the services of this node. */
  readonly measures: () => readonly Measure[];
  /** Names of actions that nobody offers at the moment: of those that listening needs, or of the others. */
  readonly missingActions: (isNeeded: boolean) => string[];
}

export class Gateway {
  readonly front: Front;
  readonly metrics: Metrics;
  readonly rates: RateLimits;
  readonly tokens: AccessTokens;
  readonly #parts: GatewayParts;
  readonly #origins: Origins;
  readonly #proxies: Proxies;
  readonly #lag = new EventLoopLag();
  readonly #public: Server;
  readonly #ops: Server;
  #state: "starting" | "up" | "stopping" = "starting";
  #address: { url: string; opsUrl: string } | undefined;
  #stopped: Promise<void> | undefined;
  #upgraded: { drain(): Promise<void> } | undefined;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    const { resources: { config, keys, ports }, logger } = parts;
    const chunks = new ChunkCache(ports.objects, edgeLimits.chunks);
    const images = new Images(ports.objects);
    const streams = new Streams(chunks, parts.fileOf);
    this.metrics = new Metrics(() => ({ lagMs: this.#lag.worstMs, cacheBytes: chunks.bytes + images.bytes, connections: openConnections(this.#public) }), parts.measures);
    this.rates = new RateLimits(parts.rates, config.REDIS_URL, (kind) => this.metrics.rateRefusals.inc({ kind }));
    const offered = (isNeeded: boolean) => () => {
      const missing = parts.missingActions(isNeeded);
      if (missing.length > 0) throw new Error(`nobody offers ${missing.join(", ")}`);
    };
    const health = new Health(ports, () => this.#lag.worstMs, () => this.#state, { actions: { required: true, check: offered(true) }, otherActions: { required: false, check: offered(false) } });
    const edge = new AudioEdge(new SignedUrls(keys.urls, edgeLimits.verifiedUrls), chunks, this.metrics);
    const headers = securityHeaders({ secure: config.PUBLIC_URL?.startsWith("https:") === true, edgeOrigin: config.EDGE_URL === undefined ? undefined : new URL(config.EDGE_URL).origin });
    this.tokens = new AccessTokens(keys.tokens.publicKey, limits.verifiedTokens);
    this.#origins = new Origins(config.ALLOWED_ORIGINS);
    this.#proxies = new Proxies(config.TRUSTED_PROXIES);
    this.front = new Front({
      logger,
      metrics: this.metrics,
      headers,
      origins: this.#origins,
      proxies: this.#proxies,
      publicUrl: config.PUBLIC_URL,
      rates: this.rates,
      tokens: this.tokens,
      router: new Router<Endpoint>([
        ...parts.endpoints,
        { method: "GET", path: "/v1/images/:id", open: true, handler: (exchange) => images.answer(exchange) },
        { method: "GET", path: "/v1/tracks/:id/stream", handler: (exchange) => streams.answer(exchange) },
      ]),
      stopping: () => this.#state === "stopping",
      edge: (exchange) => {
        exchange.baseHeaders = headers.open;
        return edge.answer(exchange);
      },
      page: pages({ health, headers, player: parts.player, docs: parts.docs, description: parts.description }),
    });
    this.#public = boundedServer(this.front.listener);
    this.#ops = boundedServer(opsListener(health, this.metrics));
  }

  /** Where it listens, once it does. */
  get address(): { url: string; opsUrl: string } | undefined {
    return this.#address;
  }

  /** Gives the public server to whoever serves its upgrades (sockets); they are drained before it closes. */
  takeUpgrades(take: (server: Server) => { drain(): Promise<void> }): void {
    this.#upgraded = take(this.#public);
  }

  /** The client's address, as rates and logs know it. */
  addressOf(request: IncomingMessage): string {
    return this.#proxies.address(request);
  }

  /** Scheme and host that the client used; undefined when it is a page of an origin that may not call us. Throws Problem 400. */
  originOf(request: IncomingMessage): string | undefined {
    const own = this.#proxies.origin(request, this.#parts.resources.config.PUBLIC_URL);
    return this.#origins.headers(request.headers.origin, own) === undefined ? undefined : own;
  }

  /** Listens on both ports. */
  async start(): Promise<void> {
    const { HOST, PORT, OPS_HOST, OPS_PORT } = this.#parts.resources.config;
    try {
      await this.rates.connected();
      const [port, opsPort] = [await listen(this.#public, PORT, HOST, limits.sockets), await listen(this.#ops, OPS_PORT, OPS_HOST)];
      this.#address = { url: `http://${reachable(HOST)}:${port}`, opsUrl: `http://${reachable(OPS_HOST)}:${opsPort}` };
      this.#state = "up";
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Accepts nothing new, finishes what is in progress (bounded), then closes. The operations port answers until the end. Safe to call twice. */
  stop(): Promise<void> {
    this.#state = "stopping";
    return (this.#stopped ??= this.#close());
  }

  async #close(): Promise<void> {
    await this.#upgraded?.drain();
    await closeServer(this.#public, limits.drainMs);
    await closeServer(this.#ops, 1_000);
    this.rates.close();
    this.#lag.close();
  }
}

/** An address to type into a browser on this machine. */
export function reachable(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
