/**
 * A lean HTTP/1.1 load: a process of its own that keeps `connections` requests in flight over keep-alive sockets,
 * written as ready-made bytes and answered by length, so that the client costs a fraction of what the server does.
 * Closed loop: each connection sends its next request when the last answer is whole.
 *
 * Run as a child (see `HttpLoad`); speaks JSON messages with its parent.
 */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { percentile } from "./result.ts";

export interface LoadRound {
  readonly port: number;
  /** Whole requests, latin1; connection c sends number c, c + connections, ... in turn. */
  readonly requests: readonly string[];
  readonly connections: number;
  readonly ms: number;
}

export interface LoadResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly bytes: number;
  /** Share of one core that the client used: near 1, the client is the limit and the figure is worth nothing. */
  readonly clientCpu: number;
}

/** The load process, seen from its parent. */
export class HttpLoad {
  readonly #child: ChildProcess;

  constructor() {
    this.#child = fork(fileURLToPath(import.meta.url), [], { execArgv: [], stdio: ["ignore", "inherit", "inherit", "ipc"] });
  }

  /** Runs one round. Rejects when the client reports an error. */
  async round(round: LoadRound): Promise<LoadResult> {
    const answer = once(this.#child, "message");
    this.#child.send(round);
    const [result] = (await answer) as [LoadResult | { error: string }];
    if ("error" in result) throw new Error(result.error);
    return result;
  }

  async close(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.disconnect();
    await ended;
  }
}

async function run({ port, requests, connections, ms }: LoadRound): Promise<LoadResult> {
  const bytes = requests.map((request) => Buffer.from(request, "latin1"));
  const latencies: number[] = [];
  const statuses: Record<string, number> = {};
  const cpu = process.cpuUsage();
  const started = performance.now();
  const until = started + ms;
  let received = 0;
  await Promise.all(
    Array.from({ length: connections }, (_, number) =>
      oneConnection(port, (turn) => bytes[(number + turn * connections) % bytes.length] ?? Buffer.alloc(0), until, (status, latencyMs, size) => {
        statuses[status] = (statuses[status] ?? 0) + 1;
        latencies.push(latencyMs);
        received += size;
      }),
    ),
  );
  const elapsedMs = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  return {
    perSecond: latencies.length / (elapsedMs / 1_000),
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    statuses,
    bytes: received,
    clientCpu: (user + system) / 1_000 / elapsedMs,
  };
}

function oneConnection(port: number, request: (turn: number) => Buffer, until: number, answered: (status: string, latencyMs: number, bytes: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    let turn = 0;
    let sentAt = 0;
    let status = "";
    // Bytes of the answer still to come; -1 while its head is not whole.
    let missing = -1;
    let size = 0;
    let head = "";
    const next = () => {
      if (performance.now() >= until) {
        socket.end();
        resolve();
        return;
      }
      missing = -1;
      head = "";
      size = 0;
      sentAt = performance.now();
      socket.write(request(turn++));
    };
    socket.on("connect", next);
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`the server closed a connection after ${turn} requests`)));
    socket.on("data", (part: Buffer) => {
      size += part.length;
      if (missing === -1) {
        const before = head.length;
        head += part.toString("latin1");
        const end = head.indexOf("\r\n\r\n", Math.max(0, before - 3));
        if (end === -1) return;
        status = head.slice(9, 12);
        const length = /\r\ncontent-length: (\d+)\r\n/i.exec(head.slice(0, end + 2))?.[1];
        if (length === undefined) {
          reject(new Error(`an answer without Content-Length: ${head.slice(0, 200)}`));
          return;
        }
        missing = end + 4 + Number(length) - size;
      } else {
        missing -= part.length;
      }
      if (missing > 0) return;
      answered(status, performance.now() - sentAt, size);
      next();
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.send !== undefined) {
  process.on("message", (round: LoadRound) => {
    run(round).then(
      (result) => process.send?.(result),
      (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
    );
  });
}
