/**
 * One request and its answer: what the gateway knows about it from the first byte, and the ways to answer. Made in
 * front.ts; everything behind (API, edge, pages) answers through it, so that headers, errors, log line and counters
 * are the same everywhere.
 */
import { randomFillSync } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Identity } from "../../actors/index.ts";
import type { HeaderList, Headers } from "./headers.ts";
import { limits } from "./limits.ts";
import { problemBody, type Problem } from "./problem.ts";

export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** 128 random bits, hex: ours, never the client's. */
  readonly id = requestId();
  readonly startedMs = performance.now();
  readonly method: string;
  /** As sent, not decoded. */
  readonly path: string;
  /** As sent, without "?". May hold a signature: never logged. */
  readonly search: string;
  /** Set by front.ts before anything else runs. */
  address = "";
  origin = "";
  user: Identity | undefined;
  /** What this request is counted under: a route template, never a path with ids. */
  template = "other";
  /** Path parameters, decoded; set by front.ts with the template. */
  params: Readonly<Record<string, string>> = {};
  /** Headers of every answer: security and CORS. What an answer adds must not be among them. */
  baseHeaders: HeaderList = [];

  readonly #stopping: () => boolean;

  constructor(request: IncomingMessage, response: ServerResponse, stopping: () => boolean) {
    this.request = request;
    this.#stopping = stopping;
    this.response = response;
    this.method = request.method ?? "";
    const url = request.url ?? "";
    const at = url.indexOf("?");
    this.path = at === -1 ? url : url.slice(0, at);
    this.search = at === -1 ? "" : url.slice(at + 1);
  }

  /** Starts the answer. */
  head(status: number, headers: Headers = {}): void {
    const list = [...this.baseHeaders, "X-Request-Id", this.id];
    // On a connection that would stay open, a stopping node says so with the answer.
    if (this.#stopping() && headers["Connection"] === undefined) list.push("Connection", "close");
    for (const name in headers) list.push(name, headers[name] ?? "");
    this.response.writeHead(status, list);
  }

  /** Answers with bytes; HEAD gets the headers only. */
  send(status: number, contentType: string, body: string | Uint8Array, headers: Headers = {}): void {
    const bytes = typeof body === "string" ? Buffer.byteLength(body) : body.length;
    this.head(status, { "Content-Type": contentType, "Content-Length": String(bytes), ...headers });
    this.response.end(this.method === "HEAD" ? undefined : body);
  }

  /** Answers with JSON text, which nobody may keep. */
  json(status: number, body: string | Uint8Array): void {
    this.send(status, "application/json; charset=utf-8", body, noStore);
  }

  /** Answers with an error. When an answer has begun, only cutting the connection tells the client that it is not whole. */
  problem(problem: Problem): void {
    if (this.response.headersSent) {
      this.response.destroy();
      return;
    }
    // Node reads the rest of an unread body before the next request. That is bounded here: beyond, the socket goes.
    const { "content-length": declared, "transfer-encoding": encoding } = this.request.headers;
    const abandon = !this.request.complete && (encoding !== undefined || Number(declared ?? 0) > limits.unreadBytes);
    this.send(problem.status, "application/json; charset=utf-8", problemBody(problem), { ...noStore, ...problem.headers, ...(abandon ? { Connection: "close" } : {}) });
  }

  /** Answers without a body. */
  empty(status: number, headers: Headers = {}): void {
    this.head(status, headers);
    this.response.end();
  }
}

const noStore: Headers = { "Cache-Control": "no-store" };

const exchanges = new WeakMap<IncomingMessage, Exchange>();

/** `stopping` says whether the node is: then no connection stays open. */
export function open(request: IncomingMessage, response: ServerResponse, stopping: () => boolean): Exchange {
  const exchange = new Exchange(request, response, stopping);
  exchanges.set(request, exchange);
  return exchange;
}

/** The exchange of a request that came through front.ts. */
export function exchangeOf(request: IncomingMessage): Exchange {
  const exchange = exchanges.get(request);
  if (exchange === undefined) throw new Error("this request did not come through the front");
  return exchange;
}

// Random bytes are cheap by the kilobyte and dear by the call.
const pool = Buffer.alloc(4_096);
let used = pool.length;

/** 128 random bits, hex. */
export function requestId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += 16;
  return pool.toString("hex", used - 16, used);
}
