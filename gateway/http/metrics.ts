/**
 * Counters for /metrics: of any node, and of this gateway. Labels are route templates, methods, status codes and verdicts: their number
 * is fixed by the code, and none ever holds an id, an address or a name.
 */
import { performance } from "node:perf_hooks";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Measure } from "../../resources.ts";

export class ProcessMetrics {
  readonly registry = new Registry();
  readonly #lag = new Gauge({ name: "ensemble_event_loop_lag_seconds", help: "Longest delay of the event loop in the last seconds.", registers: [this.registry] });
  readonly #busy = new Counter({ name: "ensemble_event_loop_busy_seconds_total", help: "Time in which the event loop had work: its rate fills at 1, whatever the CPU says.", registers: [this.registry] });
  readonly #resident = new Gauge({ name: "ensemble_process_resident_bytes", help: "Resident memory of the process.", registers: [this.registry] });
  readonly #lagMs: () => number;
  readonly #measures: () => readonly Measure[];
  readonly #gauges = new Map<string, Gauge>();

  /** `lagMs` and the services' own figures, `measures`, are asked at each scrape. */
  constructor(lagMs: () => number, measures: () => readonly Measure[]) {
    this.#lagMs = lagMs;
    this.#measures = measures;
  }

  /** The text of /metrics. */
  async scrape(): Promise<string> {
    this.#lag.set(this.#lagMs() / 1_000);
    this.#busy.reset();
    this.#busy.inc(performance.eventLoopUtilization().active / 1_000);
    this.#resident.set(process.memoryUsage.rss());
    await Promise.all(this.#measures().map((measure) => this.#read(measure)));
    return this.registry.metrics();
  }

  async #read({ name, help, read }: Measure): Promise<void> {
    let gauge = this.#gauges.get(name);
    if (gauge === undefined) this.#gauges.set(name, (gauge = new Gauge({ name, help, registers: [this.registry] })));
    try {
      gauge.set(await read());
    } catch {
      // A store that does not answer must not hide every other figure; that it does not is /ready's to say.
      gauge.set(Number.NaN);
    }
  }
}

export class Metrics extends ProcessMetrics {
  readonly #requests = new Counter({ name: "ensemble_http_requests_total", help: "Answered requests.", labelNames: ["route", "method", "status"], registers: [this.registry] });
  readonly #seconds = new Histogram({ name: "ensemble_http_request_seconds", help: "Time from the request's first byte to the end of the answer.", labelNames: ["route"], buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10], registers: [this.registry] });
  readonly edgeRequests = new Counter({ name: "ensemble_edge_requests_total", help: "Chunks asked for, by whether the cache had them.", labelNames: ["cache"], registers: [this.registry] });
  readonly edgeBytes = new Counter({ name: "ensemble_edge_bytes_total", help: "Bytes of audio answered.", registers: [this.registry] });
  readonly #cacheBytes = new Gauge({ name: "ensemble_edge_cache_bytes", help: "Bytes held by the chunk cache.", registers: [this.registry] });
  readonly signatureRefusals = new Counter({ name: "ensemble_edge_signature_refusals_total", help: "Audio requests refused, by verdict.", labelNames: ["verdict"], registers: [this.registry] });
  readonly rateRefusals = new Counter({ name: "ensemble_rate_limit_refusals_total", help: "Requests refused by a rate.", labelNames: ["kind"], registers: [this.registry] });
  readonly #connections = new Gauge({ name: "ensemble_http_connections", help: "Open connections.", registers: [this.registry] });
  readonly #observe: () => { lagMs: number; cacheBytes: number; connections: number };
  /** prom-client hashes labels at each call; a request is counted under one of a few fixed combinations. */
  readonly #children = new Map<string, { requests: { inc(): void }; seconds: { observe(seconds: number): void } }>();

  /** `observe` is asked at each scrape. */
  constructor(observe: () => { lagMs: number; cacheBytes: number; connections: number }, measures: () => readonly Measure[]) {
    super(() => observe().lagMs, measures);
    this.#observe = observe;
  }

  override async scrape(): Promise<string> {
    const { cacheBytes, connections } = this.#observe();
    this.#cacheBytes.set(cacheBytes);
    this.#connections.set(connections);
    return super.scrape();
  }

  request(route: string, method: string, status: number, seconds: number): void {
    const verb = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/.test(method) ? method : "other";
    const key = `${route} ${verb} ${status}`;
    let child = this.#children.get(key);
    if (child === undefined) {
      child = { requests: this.#requests.labels({ route, method: verb, status }), seconds: this.#seconds.labels({ route }) };
      this.#children.set(key, child);
    }
    child.requests.inc();
    child.seconds.observe(seconds);
  }
}

/** The longest delay of the event loop over the last 10 seconds, sampled twice a second. */
export class EventLoopLag {
  readonly #samples: number[] = Array<number>(20).fill(0);
  #next = 0;
  #expectedMs = performance.now() + 500;
  readonly #timer: NodeJS.Timeout;

  constructor() {
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#samples[this.#next++ % this.#samples.length] = Math.max(0, now - this.#expectedMs);
      this.#expectedMs = now + 500;
    }, 500);
    this.#timer.unref();
  }

  get worstMs(): number {
    return Math.max(...this.#samples);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
