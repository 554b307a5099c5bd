/**
 * The sockets of one gateway, from the upgrade to the end: who is let in, what a socket may ask, what it is sent.
 * service.ts is the Moleculer side. docs/sockets.md is the contract with clients.
 */
import type { IncomingMessage } from "node:http";
import type { Logger, ServiceBroker } from "moleculer";
import type { Server, Socket } from "socket.io";
import type { Topics } from "../../storage/index.ts";
import type { Gateway } from "../http/gateway.ts";
import { addressKey } from "../http/peer.ts";
import { later, Problem, problemBody, problemOf, unauthorized } from "../http/problem.ts";
import type { Route } from "../http/routes.ts";
import { Calls } from "./calls.ts";
import { Connection, Connections, type Admitted } from "./connection.ts";
import { Feeds } from "./feeds.ts";
import { inspector, type Breach } from "./flood.ts";
import { frameOf, packetOf } from "./frame.ts";
import { Friends } from "./friends.ts";
import type { SocketLimits } from "./limits.ts";
import { SocketMetrics } from "./metrics.ts";
import { demandRead, friendsTopic, type Topic } from "./topics.ts";
import { WallClock } from "./wall-clock.ts";

export interface SocketParts {
  readonly io: Server;
  readonly gateway: Gateway;
  readonly broker: ServiceBroker;
  readonly topics: Topics;
  readonly logger: Logger;
  readonly routes: readonly Route[];
  readonly limits: SocketLimits;
}

/** The connection below Socket.IO's own: what is read of it here. */
interface EngineSocket {
  readonly request: IncomingMessage;
  readonly writeBuffer?: readonly { readonly data?: unknown }[];
  readonly transport: { readonly socket?: { readonly bufferedAmount: number } };
  once(event: "close", listener: () => void): void;
  on(event: "packet", listener: (packet: { type: string; data?: unknown }) => void): void;
}

/** For what was sent last, and the peer's goodbye. */
const closingMs = 1_000;

type Ack = (answer: { readonly ok: unknown } | { readonly error: unknown } | { readonly topics: unknown } | { readonly receivedAt: number; readonly sentAt: number }) => void;

const isAck = (value: unknown): value is Ack => typeof value === "function";

export class Sockets {
  readonly #parts: SocketParts;
  readonly #calls: Calls;
  readonly #feeds: Feeds;
  readonly #friends: Friends;
  readonly #clock = new WallClock();
  readonly #metrics: SocketMetrics;
  readonly #connections: Connections;
  readonly #bySocket = new WeakMap<Socket, Connection>();
  readonly #sweep: NodeJS.Timeout;
  readonly #slow = new WeakSet<EngineSocket>();
  #stopping = false;

  constructor(parts: SocketParts) {
    this.#parts = parts;
    const { io, gateway, broker, topics, routes, limits } = parts;
    this.#calls = new Calls(broker, routes, limits);
    this.#connections = new Connections(limits);
    this.#metrics = new SocketMetrics(gateway.metrics.registry, () => ({ sockets: io.engine.clientsCount, topics: this.#feeds.size, followees: this.#friends.size }));
    this.#feeds = new Feeds(topics, limits, {
      demandRead: (topic, connection) => demandRead(topic, (action, params) => this.#ask(connection, action, params)),
      deliver: (topic, message) => this.#deliver(topic, message),
      gap: ({ name, bus }) => void io.to(bus).emit("gap", { topics: [name] }),
      lost: (name, { socket }, problem) => void socket.emit("unsubscribed", { topics: { [name]: { error: shown(problem) } } }),
    });
    this.#friends = new Friends({
      topics,
      limits,
      ask: (action, params) => broker.call(action, params),
      send: (to, event, message) => {
        const { packet, options } = frameOf(packetOf(event, JSON.stringify(message), friendsTopic));
        for (const { socket } of to) socket.conn.write(packet, options as object);
      },
      // Put together from parts that are encoded: half of what it costs to encode each socket's batch.
      sendText: ({ socket }, event, json) => void socket.conn.write(packetOf(event, json, friendsTopic)),
      sent: (changes, frames) => {
        this.#metrics.deliveries.inc(frames);
        this.#metrics.changes.inc(changes);
      },
    });
    this.#sweep = setInterval(() => this.#cutSlow(), limits.backlogCheckMs);
    this.#sweep.unref();
  }

  /** Engine.IO's question about an upgrade. */
  readonly allowRequest = (request: IncomingMessage, answer: (refusal: string | null | undefined, allowed: boolean) => void): void => {
    const { gateway, io, limits } = this.#parts;
    const refuse = (reason: "origin" | "full" | "stopping", problem: Problem) => {
      this.#metrics.refused(reason);
      answer(problemBody(problem), false);
    };
    try {
      const origin = gateway.originOf(request);
      if (this.#stopping) return refuse("stopping", later(503, "UNAVAILABLE", "This node is stopping.", 1_000));
      if (origin === undefined) return refuse("origin", new Problem(403, "ORIGIN_NOT_ALLOWED", "Pages of this origin may not call the service."));
      if (io.engine.clientsCount >= limits.sockets) return refuse("full", later(503, "OVERLOADED", "This node has all its sockets.", 1_000));
      return answer(null, true);
    } catch (error) {
      return refuse("origin", problemOf(error, "GET"));
    }
  };

  /** Watches a connection from its first byte. */
  opened(engine: EngineSocket): void {
    const inspect = inspector(this.#parts.limits, performance.now());
    engine.on("packet", (packet) => {
      const breach = inspect(packet, performance.now());
      if (breach !== undefined) this.#cut(engine, breach);
    });
    // A closing handshake waits half a minute for a peer who may never answer, and is counted no longer.
    engine.once("close", () => void setTimeout(() => engine.request.socket.destroy(), closingMs).unref());
  }

  /** Verifies the token that a socket came with. Throws an Error whose `data` is the answer in the API's form. */
  async admit(socket: Socket): Promise<Admitted> {
    const { gateway } = this.#parts;
    try {
      const ofAddress = gateway.rates.counter("address", addressKey(gateway.addressOf(socket.request)));
      await ofAddress();
      const token: unknown = socket.handshake.auth["token"];
      if (typeof token !== "string") throw unauthorized();
      const { identity, expiresMs } = await gateway.tokens.verified(token, Date.now());
      this.#connections.demandRoom(identity.id);
      return { user: identity, expiresMs, counters: [ofAddress, gateway.rates.counter("account", identity.id)], origin: gateway.originOf(socket.request) ?? "" };
    } catch (error) {
      const problem = problemOf(error, "GET");
      this.#metrics.refused(problem.status === 401 ? "token" : problem.code === "RATE_LIMITED" ? "rate" : "connection");
      throw Object.assign(new Error(problem.message), { data: { error: shown(problem) } });
    }
  }

  /** A socket was let in. */
  connected(socket: Socket, admitted: Admitted): void {
    const connection = new Connection(socket, admitted, (expired) => expired.sendAway(0));
    this.#bySocket.set(socket, connection);
    this.#connections.add(connection);
    // Without a listener Socket.IO prints it. What the client sent is not logged.
    socket.on("error", () => undefined);
    socket.once("disconnect", () => {
      connection.end();
      for (const topic of connection.topics) this.#leave(topic, connection);
      this.#connections.remove(connection);
    });
  }

  async call(socket: Socket, action: unknown, params: unknown, ack: unknown): Promise<void> {
    const connection = this.#bySocket.get(socket);
    // Without one nobody would hear of an error.
    if (!isAck(ack) || connection === undefined) return;
    const route = this.#calls.routeOf(action);
    let status: number = route?.status ?? 200;
    try {
      if (this.#stopping) throw later(503, "UNAVAILABLE", "This node is stopping.", 1_000);
      const answer = await this.#calls.call(connection, route, params);
      ack({ ok: answer ?? {} });
    } catch (error) {
      const problem = this.#problemOf(error, route?.method ?? "GET");
      ({ status } = problem);
      ack({ error: shown(problem) });
    }
    this.#metrics.calls.inc({ action: route?.action ?? "other", status });
  }

  async subscribe(socket: Socket, request: unknown, ack: unknown): Promise<void> {
    await this.#forTopics(socket, request, ack, async (topic, connection) => {
      await connection.count();
      if (topic === friendsTopic) await this.#friends.join(connection, (request as { batches?: unknown }).batches === true);
      else await this.#feeds.join(topic, connection);
    });
  }

  async unsubscribe(socket: Socket, request: unknown, ack: unknown): Promise<void> {
    await this.#forTopics(socket, request, ack, async (topic, connection) => {
      // Never refused; counted all the same, so that it comes behind what was asked for before it.
      await connection.count().catch(() => undefined);
      this.#leave(topic, connection);
    });
  }

  /** When a client's question came and its answer left, ms since 1970: two of the four times of an exchange as NTP's. Counted as a message only. */
  clock(ack: unknown): void {
    const receivedAt = this.#clock.now();
    if (isAck(ack)) ack({ receivedAt, sentAt: this.#clock.now() });
  }

  /** Shards of these actors have new owners. */
  moved(shards: readonly string[]): void {
    if (shards.some((shard) => shard.startsWith("presence/"))) this.#friends.afterMove();
  }

  /** Refuses what is new, lets calls in progress be answered (bounded), and sends every socket to another node, not all at once. */
  async drain(): Promise<void> {
    this.#stopping = true;
    const { limits } = this.#parts;
    const endMs = performance.now() + limits.drainMs;
    const busy = () => [...this.#connections].some(({ callsInProgress }) => callsInProgress > 0);
    while (busy() && performance.now() < endMs) await new Promise((resolve) => { setTimeout(resolve, 10); });
    const connections = [...this.#connections];
    for (const connection of connections) connection.sendAway(Math.round(Math.random() * limits.reconnectSpreadMs));
    clearInterval(this.#sweep);
    this.#feeds.close();
    this.#friends.close();
    // A peer that reads nothing would keep its connection, and the server with it.
    for (const flushedMs = performance.now() + closingMs; connections.some(({ open }) => open) && performance.now() < flushedMs; ) await new Promise((resolve) => { setTimeout(resolve, 10); });
    for (const engine of this.#engines()) engine.request.socket.destroy();
  }

  async #forTopics(socket: Socket, request: unknown, ack: unknown, work: (topic: string, connection: Connection) => Promise<void>): Promise<void> {
    const connection = this.#bySocket.get(socket);
    if (!isAck(ack) || connection === undefined) return;
    const topics: unknown = (request as { topics?: unknown } | null)?.topics;
    if (!Array.isArray(topics) || topics.length === 0 || topics.length > this.#parts.limits.topics || !topics.every((topic) => typeof topic === "string" && topic.length <= 200)) {
      ack({ error: shown(new Problem(422, "INVALID_INPUT", `Name 1 to ${this.#parts.limits.topics} topics.`)) });
      return;
    }
    const results = await Promise.all(
      [...new Set(topics as string[])].map(async (topic): Promise<[string, unknown]> => {
        try {
          await work(topic, connection);
          return [topic, { ok: true }];
        } catch (error) {
          return [topic, { error: shown(this.#problemOf(error, "GET")) }];
        }
      }),
    );
    ack({ topics: Object.fromEntries(results) });
  }

  #leave(topic: string, connection: Connection): void {
    if (topic === friendsTopic) this.#friends.leave(connection);
    else this.#feeds.leave(topic, connection);
  }

  #deliver({ name, bus }: Topic, message: unknown): void {
    const { io } = this.#parts;
    const event = (message as { event?: unknown } | null)?.event;
    // A dot: none of Socket.IO's own events has one.
    if (typeof event !== "string" || !event.includes(".")) return;
    // To a room: encoded once, whoever listens.
    io.to(bus).emit(event, message, name);
    this.#metrics.deliveries.inc(io.of("/").adapter.rooms.get(bus)?.size ?? 0);
  }

  #ask(connection: Connection, action: string, params: Readonly<Record<string, unknown>>): Promise<unknown> {
    const meta = connection.meta();
    return this.#parts.broker.call(action, params, { meta, requestID: meta.requestId });
  }

  #problemOf(error: unknown, method: string): Problem {
    const problem = problemOf(error, method);
    if (problem.status === 500) this.#parts.logger.error({ err: error instanceof Error ? { type: error.name, message: error.message, stack: error.stack } : { type: typeof error } }, "a socket's request failed");
    return problem;
  }

  /** Without a word and at once: a closing handshake would wait for the peer, who goes on sending meanwhile. */
  #cut(engine: EngineSocket, breach: Breach): void {
    if (engine.request.socket.destroyed) return;
    this.#metrics.refused(breach);
    this.#parts.logger.info({ breach }, "a socket was cut off");
    engine.request.socket.destroy();
  }

  /** Whoever is behind at two checks in a row: a burst alone is nobody's fault. */
  #cutSlow(): void {
    const { backlogBytes } = this.#parts.limits;
    for (const engine of this.#engines()) {
      const waiting = engine.writeBuffer ?? [];
      let bytes = engine.transport.socket?.bufferedAmount ?? 0;
      for (const { data } of waiting) bytes += typeof data === "string" ? data.length : 0;
      if (bytes <= backlogBytes) this.#slow.delete(engine);
      else if (this.#slow.has(engine)) this.#cut(engine, "backlog");
      else this.#slow.add(engine);
    }
  }

  #engines(): EngineSocket[] {
    return Object.values((this.#parts.io.engine as unknown as { clients: Record<string, EngineSocket> }).clients);
  }
}

/** A problem as clients get it: what the body of an HTTP answer says, and its status. */
function shown({ status, code, message, retryable, details }: Problem): object {
  return { status, code, message, retryable, ...(details === undefined ? {} : { details }) };
}
