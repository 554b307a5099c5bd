/**
 * The operations port: /live, /ready, /metrics. Bound to its own address (config.OPS_HOST), never to the public one;
 * the public port answers /live and /ready with a status and one word. A gateway has it (gateway.ts), and any node with the
 * operations service.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Ports } from "../../storage/index.ts";
import type { ProcessMetrics } from "./metrics.ts";

export interface Readiness {
  readonly ready: boolean;
  readonly state: "starting" | "up" | "stopping";
  readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly required: boolean; readonly ms: number; readonly detail?: unknown }>>;
}

/** `required`: without it this node should get no traffic. `check` throws what is wrong. */
interface Need {
  readonly required: boolean;
  check(): void;
}

const checkMs = 2_000;

export class Health {
  readonly #ports: Ports;
  readonly #lagMs: () => number;
  readonly #state: () => Readiness["state"];
  #latest: { at: number; readiness: Promise<Readiness> } | undefined;

  readonly #needs: Readonly<Record<string, Need>>;

  /** `needs`, by name: what this node serves with, beside the ports. */
  constructor(ports: Ports, lagMs: () => number, state: () => Readiness["state"], needs: Readonly<Record<string, Need>>) {
    this.#ports = ports;
    this.#lagMs = lagMs;
    this.#state = state;
    this.#needs = needs;
  }

  /** The process answers, and its event loop was never held up for a second or more lately. */
  live(): { live: boolean; lagMs: number } {
    const lagMs = Math.round(this.#lagMs());
    return { live: lagMs < 1_000, lagMs };
  }

  /** Whether this node should get traffic. Asked at most once a second, however many ask here. */
  ready(): Promise<Readiness> {
    const now = performance.now();
    if (this.#latest !== undefined && now - this.#latest.at < 1_000) {
      return this.#state() === "up" ? this.#latest.readiness : this.#latest.readiness.then((readiness) => ({ ...readiness, ready: false, state: this.#state() }));
    }
    const readiness = this.#check();
    this.#latest = { at: now, readiness };
    return readiness;
  }

  async #check(): Promise<Readiness> {
    const { database, cache, objects, search, topics } = this.#ports;
    const results = await Promise.all([
      check("database", true, async () => {
        const settings = await database.durability();
        // An acknowledged write that a power cut takes back was never acknowledged: such a server is not ready.
        const off = Object.entries(settings).filter(([, value]) => value !== "on").map(([name]) => name);
        if (off.length > 0) throw new Error(`durability is off: ${off.join(", ")}`);
        return settings;
      }),
      check("objects", true, () => objects.ping()),
      ...Object.entries(this.#needs).map(([name, need]) => check(name, need.required, async () => need.check())),
      // Plays go on without a cache and without search; sockets without live news: their clients read.
      check("cache", false, () => cache.ping()),
      check("search", false, () => search.ping()),
      check("topics", false, () => topics.ping()),
    ]);
    const state = this.#state();
    return { ready: state === "up" && results.every(([, result]) => result.ok || !result.required), state, checks: Object.fromEntries(results) };
  }
}

async function check(name: string, required: boolean, run: () => Promise<unknown>): Promise<[string, Readiness["checks"][string]]> {
  const started = performance.now();
  const timer = Promise.withResolvers<never>();
  const timeout = setTimeout(() => timer.reject(new Error(`no answer within ${checkMs} ms`)), checkMs);
  try {
    const detail = await Promise.race([run(), timer.promise]);
    return [name, { ok: true, required, ms: elapsed(started), ...(detail === undefined ? {} : { detail }) }];
  } catch (error) {
    return [name, { ok: false, required, ms: elapsed(started), detail: error instanceof Error ? error.message : "failed" }];
  } finally {
    clearTimeout(timeout);
  }
}

function elapsed(started: number): number {
  return Math.round((performance.now() - started) * 10) / 10;
}

/** The listener of the operations port. */
export function opsListener(health: Health, metrics: ProcessMetrics): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    answer(health, metrics, request, response).catch(() => response.destroy());
  };
}

async function answer(health: Health, metrics: ProcessMetrics, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const send = (status: number, type: string, body: string) => {
    response.writeHead(status, { "Content-Type": type, "Content-Length": Buffer.byteLength(body), "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" });
    response.end(request.method === "HEAD" ? undefined : body);
  };
  const json = (status: number, value: unknown) => send(status, "application/json", JSON.stringify(value));
  if (request.method !== "GET" && request.method !== "HEAD") return json(405, { error: { code: "METHOD_NOT_ALLOWED", message: "Use GET.", retryable: false } });
  switch ((request.url ?? "").split("?", 1)[0] ?? "") {
    case "/live": {
      const live = health.live();
      return json(live.live ? 200 : 503, live);
    }
    case "/ready": {
      const readiness = await health.ready();
      return json(readiness.ready ? 200 : 503, readiness);
    }
    case "/metrics":
      return send(200, metrics.registry.contentType, await metrics.scrape());
    default:
      return json(404, { error: { code: "NOT_FOUND", message: "There is nothing at this address.", retryable: false } });
  }
}
