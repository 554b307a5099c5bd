/**
 * The service as one generator reaches it: HTTP on connections that stay open, a user's calls at one gateway, or at the next one for a
 * while when that is away. An answer is an outcome, never an exception.
 */
import { Connection, type Answered } from "./connection.ts";

export interface ServiceOptions {
  /** Origins of the gateways, http://host:port. */
  readonly urls: readonly string[];
  /** Connections to each, at most: others wait for one, which counts as latency. */
  readonly connections: number;
  readonly timeoutMs: number;
}

export interface Question {
  readonly method: string;
  /** A path, or a whole URL (signed chunks), of which the path counts. */
  readonly path: string;
  readonly token?: string;
  readonly body?: unknown;
  readonly user: number;
  readonly keepsBody?: boolean;
}

/** Outcomes that say that a gateway is away, not that it refused. */
const awayOutcomes: ReadonlySet<string> = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "closed", "timeout"]);
/** As players do: the next gateway is asked for so long. */
const awayMs = 2_000;

interface Waiting {
  readonly request: string;
  readonly keepsBody: boolean;
  readonly done: (answer: Answered) => void;
}

/** One gateway: the connection that was used last is used next, so that no more are open than are needed. */
class Gateway {
  readonly url: string;
  readonly #address: { readonly host: string; readonly port: number };
  readonly #options: ServiceOptions;
  readonly #idle: Connection[] = [];
  readonly #all = new Set<Connection>();
  readonly #waiting: Waiting[] = [];
  #awayUntil = 0;

  constructor(url: string, options: ServiceOptions) {
    const { hostname, port } = new URL(url);
    this.url = url;
    this.#address = { host: hostname, port: Number(port) };
    this.#options = options;
  }

  get isAway(): boolean {
    return performance.now() < this.#awayUntil;
  }

  ask(waiting: Waiting): void {
    const connection = this.#idle.pop() ?? (this.#all.size < this.#options.connections ? this.#open() : undefined);
    if (connection === undefined) this.#waiting.push(waiting);
    else connection.ask(waiting.request, this.#options.timeoutMs, waiting.keepsBody, (answer) => {
      if (awayOutcomes.has(answer.outcome)) this.#awayUntil = performance.now() + awayMs;
      waiting.done(answer);
    });
  }

  close(): void {
    for (const connection of this.#all) connection.close();
  }

  #open(): Connection {
    const next = (): void => {
      const first = this.#waiting.shift();
      if (first !== undefined) this.ask(first);
    };
    const connection = new Connection(
      this.#address,
      (free) => {
        this.#idle.push(free);
        next();
      },
      (gone) => {
        if (!this.#all.delete(gone)) return;
        const at = this.#idle.indexOf(gone);
        if (at >= 0) this.#idle.splice(at, 1);
        next();
      },
    );
    this.#all.add(connection);
    return connection;
  }
}

export class HttpService {
  readonly #gateways: readonly Gateway[];

  constructor(options: ServiceOptions) {
    this.#gateways = options.urls.map((url) => new Gateway(url, options));
    if (this.#gateways.length === 0) throw new Error("there is no gateway");
  }

  /** Calls `done` once, later. */
  ask({ method, path, token, body, user, keepsBody = false }: Question, done: (answer: Answered) => void): void {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const authorization = token === undefined ? "" : `Authorization: Bearer ${token}\r\n`;
    const content = text === undefined ? "" : `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n`;
    const request = `${method} ${path.replace(/^https?:\/\/[^/]+/, "")} HTTP/1.1\r\nHost: ensemble\r\n${authorization}${content}\r\n${text ?? ""}`;
    this.#gatewayOf(user)?.ask({ request, keepsBody, done });
  }

  /** Where a user's gateway is now. */
  urlOf(user: number): string {
    return this.#gatewayOf(user)?.url ?? "";
  }

  #gatewayOf(user: number): Gateway | undefined {
    const own = user % this.#gateways.length;
    for (let n = 0; n < this.#gateways.length; n++) {
      const gateway = this.#gateways[(own + n) % this.#gateways.length];
      if (gateway?.isAway === false) return gateway;
    }
    return this.#gateways[own];
  }

  close(): void {
    for (const gateway of this.#gateways) gateway.close();
  }
}
