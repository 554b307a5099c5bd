/** The service as one generator reaches it: HTTP with connections that stay open, by turns over the gateways. An answer is a status, never an exception. */
import { Agent, request } from "node:http";

export interface Answer {
  /** "ok", the HTTP status, or what cut the connection (ECONNRESET, timeout). */
  readonly outcome: string;
  readonly bytes: number;
  /** The body, when it was asked for. */
  readonly body: Buffer | undefined;
}

export interface ServiceOptions {
  /** Origins of the gateways, http://host:port. */
  readonly urls: readonly string[];
  /** Connections to each, at most: others wait for one, which counts as latency. */
  readonly connections: number;
  readonly timeoutMs: number;
}

interface Asked {
  readonly method: string;
  /** A path, or a whole URL (signed chunks). */
  readonly path: string;
  readonly token?: string;
  readonly body?: unknown;
  /** The gateway is chosen by it, so that a user's calls take one. */
  readonly user: number;
  readonly keepsBody?: boolean;
}

export class HttpService {
  readonly #options: ServiceOptions;
  readonly #agents: readonly Agent[];
  readonly #origins: readonly URL[];

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#origins = options.urls.map((url) => new URL(url));
    this.#agents = options.urls.map(() => new Agent({ keepAlive: true, maxSockets: options.connections, maxFreeSockets: options.connections, scheduling: "lifo" }));
  }

  /** Calls `done` once, later. */
  ask({ method, path, token, body, user, keepsBody = false }: Asked, done: (answer: Answer) => void): void {
    const at = user % this.#origins.length;
    const origin = this.#origins[at];
    const agent = this.#agents[at];
    if (origin === undefined || agent === undefined) throw new Error("there is no gateway");
    const { hostname, port, pathname, search } = new URL(path, origin);
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers: Record<string, string | number> = {};
    if (token !== undefined) headers["Authorization"] = `Bearer ${token}`;
    if (text !== undefined) Object.assign(headers, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) });
    let bytes = 0;
    let isOver = false;
    const parts: Buffer[] = [];
    const end = (outcome: string, given?: Buffer) => {
      if (isOver) return;
      isOver = true;
      done({ outcome, bytes, body: given });
    };
    const failed = (error: NodeJS.ErrnoException) => end(error.code ?? "failed");
    const sent = request({ hostname, port, path: pathname + search, method, headers, agent, timeout: this.#options.timeoutMs }, (response) => {
      response.on("data", (part: Buffer) => {
        bytes += part.length;
        if (keepsBody) parts.push(part);
      });
      response.on("error", failed);
      response.on("end", () => {
        const { statusCode = 0 } = response;
        end(statusCode >= 200 && statusCode < 300 ? "ok" : String(statusCode), keepsBody ? Buffer.concat(parts, bytes) : undefined);
      });
    });
    sent.on("timeout", () => sent.destroy(Object.assign(new Error("no answer in time"), { code: "timeout" })));
    sent.on("error", failed);
    sent.end(text);
  }

  close(): void {
    for (const agent of this.#agents) agent.destroy();
  }
}
