/** One socket as this gateway knows it, and all of them by account. */
import type { Socket } from "socket.io";
import type { CallMeta, Identity } from "../../actors/index.ts";
import { requestId } from "../http/exchange.ts";
import { later, Problem } from "../http/problem.ts";
import type { SocketLimits } from "./limits.ts";

/** What was found out before the socket was let in. */
export interface Admitted {
  readonly user: Identity;
  readonly expiresMs: number;
  /** Count a request of its address, and of its account. Throw Problem 429. */
  readonly counters: readonly (() => Promise<void>)[];
  /** Scheme and host that the client used. */
  readonly origin: string;
}

export class Connection {
  readonly socket: Socket;
  readonly user: Identity;
  readonly origin: string;
  /** Topics it has, or is about to have. */
  readonly topics = new Set<string>();
  callsInProgress = 0;
  readonly #counters: readonly (() => Promise<void>)[];
  readonly #expiry: NodeJS.Timeout;

  /** `expired` is called when the token ends. */
  constructor(socket: Socket, admitted: Admitted, expired: (connection: Connection) => void) {
    this.socket = socket;
    this.user = admitted.user;
    this.#counters = admitted.counters;
    this.origin = admitted.origin;
    // A timer holds at most 2^31 ms; a token that lives longer ends with it.
    this.#expiry = setTimeout(() => expired(this), Math.min(Math.max(0, admitted.expiresMs - Date.now()), 2 ** 31 - 1));
    this.#expiry.unref();
  }

  get open(): boolean {
    return this.socket.connected;
  }

  /** What travels with a call in this socket's name. */
  meta(): CallMeta & { requestId: string } {
    return { requestId: requestId(), origin: this.origin, user: this.user };
  }

  /** Notes a topic; false when it has it already. Throws Problem 422 when it has `most`, 503 when it closed meanwhile: nobody would leave it. */
  take(topic: string, most: number): boolean {
    if (!this.open) throw later(503, "UNAVAILABLE", "This socket has closed.", 1_000);
    if (this.topics.has(topic)) return false;
    if (this.topics.size >= most) throw new Problem(422, "TOO_MANY_TOPICS", `A socket may subscribe to ${most} topics.`);
    this.topics.add(topic);
    return true;
  }

  /** Counts one request, as HTTP does. Throws Problem 429. */
  async count(): Promise<void> {
    for (const count of this.#counters) await count();
  }

  /** Tells the client to come back in `afterMs`, and closes once that was sent. */
  sendAway(afterMs: number): void {
    this.socket.emit("reconnect", { afterMs });
    this.socket.conn.close();
  }

  end(): void {
    clearTimeout(this.#expiry);
  }
}

export class Connections {
  readonly #byAccount = new Map<string, Set<Connection>>();
  readonly #limits: SocketLimits;

  constructor(limits: SocketLimits) {
    this.#limits = limits;
  }

  /** Throws Problem 429 when an account has all its sockets. */
  demandRoom(userId: string): void {
    if ((this.#byAccount.get(userId)?.size ?? 0) >= this.#limits.socketsPerAccount) {
      throw later(429, "TOO_MANY_SOCKETS", `An account may have ${this.#limits.socketsPerAccount} sockets. Close one, then try again.`, 10_000);
    }
  }

  add(connection: Connection): void {
    const ofAccount = this.#byAccount.get(connection.user.id) ?? new Set();
    this.#byAccount.set(connection.user.id, ofAccount.add(connection));
  }

  remove(connection: Connection): void {
    const ofAccount = this.#byAccount.get(connection.user.id);
    ofAccount?.delete(connection);
    if (ofAccount?.size === 0) this.#byAccount.delete(connection.user.id);
  }

  *[Symbol.iterator](): Iterator<Connection> {
    for (const ofAccount of this.#byAccount.values()) yield* ofAccount;
  }
}
