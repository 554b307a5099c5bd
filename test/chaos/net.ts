/**
 * A network we can hurt: a TCP proxy of this machine in front of one server, one for each link between a node and a server.
 *
 *   pass     bytes go through, after `delayMs`
 *   hold     half open: connections stay, bytes of the held direction wait, new connections hang. Healed, everything that waited
 *            arrives late, also from a sender that has given up meanwhile: so a statement of a former owner reaches the store
 *   refuse   connections are reset, new ones refused
 *
 * TCP never loses bytes out of the middle of a stream, so neither does this: what is dropped is dropped with its connection.
 */
import { createConnection, createServer, type Server, type Socket } from "node:net";

export type LinkState =
  | { readonly kind: "pass"; readonly delayMs?: number }
  /** "up": towards the server; "down": back. */
  | { readonly kind: "hold"; readonly direction: "up" | "down" | "both" }
  | { readonly kind: "refuse" };

/** Bytes that wait in one direction of one connection; then its sender has to wait too. */
const heldBytes = 64 * 1024 * 1024;

export class Link {
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #pairs = new Set<Pair>();
  #state: LinkState = { kind: "pass" };
  /** Told of each chunk that comes back from the server, with the first chunk that its connection had sent. */
  overhear: ((opening: Buffer, chunk: Buffer) => void) | undefined;
  /** Told of each chunk for the server, with the first of its connection, before it goes on: what this sets is done to the chunk already. */
  foresee: ((opening: Buffer, chunk: Buffer) => void) | undefined;

  private constructor(server: Server, targetPort: number) {
    this.#server = server;
    this.#targetPort = targetPort;
  }

  /** A link to a port of this machine. */
  static async open(targetPort: number): Promise<Link> {
    const server = createServer({ allowHalfOpen: true });
    const link = new Link(server, targetPort);
    server.on("connection", (socket) => link.#take(socket));
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", resolve);
    });
    return link;
  }

  /** The port that stands for the server's. */
  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("this link is closed");
    return address.port;
  }

  get state(): LinkState {
    return this.#state;
  }

  set(state: LinkState): void {
    this.#state = state;
    if (state.kind === "refuse") this.reset();
    for (const pair of this.#pairs) pair.flow();
  }

  heal(): void {
    this.set({ kind: "pass" });
  }

  /** Ends every connection at once with a reset. */
  reset(): void {
    for (const pair of this.#pairs) pair.reset();
  }

  async close(): Promise<void> {
    this.#state = { kind: "refuse" };
    this.reset();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(socket: Socket): void {
    if (this.#state.kind === "refuse") {
      socket.resetAndDestroy();
      return;
    }
    const heard = { up: (opening: Buffer, chunk: Buffer) => this.foresee?.(opening, chunk), down: (opening: Buffer, chunk: Buffer) => this.overhear?.(opening, chunk) };
    const pair = new Pair(socket, this.#targetPort, () => this.#state, heard);
    this.#pairs.add(pair);
    pair.gone = () => this.#pairs.delete(pair);
    pair.flow();
  }
}

interface Waiting {
  readonly chunk: Buffer | "end";
  readonly readyAt: number;
}

/** One direction of one connection. */
class Stream {
  readonly #waiting: Waiting[] = [];
  readonly #from: Socket;
  readonly #state: () => "pass" | "hold";
  readonly #delayMs: () => number;
  readonly #overhear: (chunk: Buffer) => void;
  #to: Socket | undefined;
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, state: () => "pass" | "hold", delayMs: () => number, overhear: (chunk: Buffer) => void) {
    this.#from = from;
    this.#state = state;
    this.#delayMs = delayMs;
    this.#overhear = overhear;
    from.on("data", (chunk) => {
      this.#overhear(chunk);
      this.#bytes += chunk.length;
      if (this.#bytes > heldBytes) from.pause();
      this.#add(chunk);
    });
    from.once("end", () => this.#add("end"));
  }

  /** Whether nothing waits. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  to(socket: Socket): void {
    this.#to = socket;
    socket.on("drain", () => this.flow());
    this.flow();
  }

  /** Carries on what may be carried now. */
  flow(): void {
    clearTimeout(this.#timer);
    if (this.#to === undefined || this.#state() === "hold") return;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#to.destroyed || this.#to.writableNeedDrain) return;
      const inMs = next.readyAt - performance.now();
      if (inMs > 0) {
        this.#timer = setTimeout(() => this.flow(), inMs);
        return;
      }
      this.#waiting.shift();
      if (next.chunk === "end") {
        this.#to.end();
        return;
      }
      this.#to.write(next.chunk);
      this.#bytes -= next.chunk.length;
      if (this.#bytes <= heldBytes && this.#from.isPaused()) this.#from.resume();
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#waiting.length = 0;
  }

  #add(chunk: Buffer | "end"): void {
    this.#waiting.push({ chunk, readyAt: performance.now() + this.#delayMs() });
    this.flow();
  }
}

/** Ends a connection with a reset. One that was told its end already is only closed: libuv refuses to reset it, and Node then never comes to its own end. */
function reset(socket: Socket | undefined): void {
  if (socket?.writableEnded === true) socket.destroy();
  else socket?.resetAndDestroy();
}

/** Who is told of a connection's chunks in each direction, with its first chunk. */
interface Heard {
  readonly up: (opening: Buffer, chunk: Buffer) => void;
  readonly down: (opening: Buffer, chunk: Buffer) => void;
}

/** A connection to the link and its continuation to the server. */
class Pair {
  readonly #client: Socket;
  readonly #targetPort: number;
  readonly #state: () => LinkState;
  readonly #up: Stream;
  readonly #down: { stream: Stream; socket: Socket } | { stream?: undefined; socket?: undefined } = {};
  #isDone = false;
  readonly #heard: Heard;
  #opening: Buffer | undefined;
  gone = () => {};

  constructor(client: Socket, targetPort: number, state: () => LinkState, heard: Heard) {
    this.#client = client;
    this.#targetPort = targetPort;
    this.#state = state;
    this.#heard = heard;
    this.#up = new Stream(client, () => this.#held("up"), () => this.#delayMs(), (chunk) => heard.up((this.#opening ??= chunk), chunk));
    client.setNoDelay(true);
    client.on("error", () => {});
    client.once("close", () => this.#settle());
  }

  flow(): void {
    if (this.#isDone) return;
    if (this.#down.socket === undefined) {
      // A connection that is being made hangs on a held link, as its first packet would.
      if (this.#state().kind === "pass") this.#connect();
      return;
    }
    this.#up.flow();
    this.#down.stream.flow();
    this.#settle();
  }

  reset(): void {
    reset(this.#client);
    reset(this.#down.socket);
    this.#end();
  }

  #connect(): void {
    if (this.#client.destroyed) {
      this.#end();
      return;
    }
    const socket = createConnection({ port: this.#targetPort, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
    const stream = new Stream(socket, () => this.#held("down"), () => this.#delayMs(), (chunk) => this.#heard.down(this.#opening ?? chunk, chunk));
    Object.assign(this.#down, { stream, socket });
    socket.on("error", () => {});
    socket.once("connect", () => this.#up.to(socket));
    socket.once("close", () => this.#settle());
    stream.to(this.#client);
  }

  /** Ends what is over: when one side is gone, the other follows as soon as it has got what was on its way. */
  #settle(): void {
    const { socket, stream } = this.#down;
    if (this.#isDone) return;
    if (socket === undefined) {
      if (this.#client.destroyed) this.#end();
      return;
    }
    if (this.#client.destroyed && !socket.destroyed && this.#held("up") === "pass") {
      if (this.#up.isEmpty) socket.end();
      // A server that does not answer an end is not waited for.
      setTimeout(() => socket.destroy(), 1_000).unref();
    }
    if (socket.destroyed && !this.#client.destroyed && this.#held("down") === "pass" && stream.isEmpty) this.#client.destroy();
    if (socket.destroyed && this.#client.destroyed) this.#end();
  }

  #end(): void {
    this.#isDone = true;
    this.#up.close();
    this.#down.stream?.close();
    this.gone();
  }

  #held(direction: "up" | "down"): "pass" | "hold" {
    const state = this.#state();
    return state.kind === "hold" && (state.direction === "both" || state.direction === direction) ? "hold" : "pass";
  }

  #delayMs(): number {
    const state = this.#state();
    return state.kind === "pass" ? (state.delayMs ?? 0) : 0;
  }
}
