/**
 * The load of the whole path, in the listeners' process: everybody's device plays another track now and then, at a steady rate for all
 * together, and says so (a command, and the report that follows each). Every friend's socket is watched for every change.
 */
import { Seeded } from "../chaos/random.ts";
import { shuffled } from "../chaos/schedule.ts";
import type { LightSocket } from "../../simulations/live/index.ts";
import { percentile } from "./result.ts";

export interface ChangeOrder {
  readonly do: "change";
  readonly set: string;
  /** By number of their socket. */
  readonly users: readonly string[];
  /** Numbers of the sockets whose users follow each. */
  readonly followers: readonly (readonly number[])[];
  readonly trackIds: readonly string[];
  readonly perSecond: number;
  readonly ms: number;
  /** Users of these numbers change; absent: all, in turn. */
  readonly changing?: readonly number[];
  /** Beside: one that changes by itself, whose deliveries are not among those that are timed. */
  readonly beside?: { readonly user: number; readonly perSecond: number };
}

export interface Changed {
  readonly changes: number;
  readonly refused: number;
  readonly firstRefusal: string | null;
  readonly deliveries: number;
  /** Deliveries that did not come within the time that was waited for the last. */
  readonly lost: number;
  readonly twice: number;
  readonly changesPerSecond: number;
  readonly deliveriesPerSecond: number;
  /** From the moment at which the session took it (its own clock, whole ms) to the friend's socket. */
  readonly accepted: Times;
  /** From the moment at which the device sent it. */
  readonly sent: Times;
  /** Deliveries of the one beside. */
  readonly beside: number;
}

export interface Times {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

interface Underway {
  readonly sentAt: number;
  readonly left: Set<number>;
}

interface Message {
  readonly userId?: string;
  readonly nowPlaying?: { readonly trackId: string; readonly at: number } | null;
  readonly changes?: readonly Message[];
}

const tickMs = 2;
const waitMs = 3_000;
export const deviceId = "phone";

export class Changes {
  readonly #sockets: readonly LightSocket[];
  readonly #order: ChangeOrder;
  readonly #underway = new Map<string, Underway>();
  readonly #next = new Map<number, number>();
  readonly #accepted: number[] = [];
  readonly #sent: number[] = [];
  readonly #opIds = `${process.pid}-${Date.now().toString(36)}`;
  /** Another track than in a run before. */
  readonly #first = Math.floor(Date.now() / 1_000);
  #besideId: string | undefined;
  #ops = 0;
  #changes = 0;
  #refused = 0;
  #firstRefusal: string | null = null;
  #twice = 0;
  #beside = 0;

  constructor(sockets: readonly LightSocket[], order: ChangeOrder) {
    this.#sockets = sockets;
    this.#order = order;
    this.#besideId = order.beside === undefined ? undefined : order.users[order.beside.user];
  }

  /** An event of a socket. */
  came(socket: number, bytes: Buffer, from: number, to: number): void {
    const at = Date.now() + (performance.now() % 1);
    const [event, message] = JSON.parse(bytes.toString("utf8", from, to)) as [string, Message];
    if (!event.startsWith("presence.change")) return;
    for (const change of message.changes ?? [message]) this.#saw(socket, change, at);
  }

  async run(): Promise<Changed> {
    const { perSecond, ms, users, changing = users.map((_, n) => n), beside } = this.#order;
    // As it comes, but the same in each run; each once before anybody again, so that no state is overtaken by its own next.
    const order = shuffled(new Seeded(1), changing);
    const startedAt = performance.now();
    let made = 0;
    let madeBeside = 0;
    const asked: Promise<void>[] = [];
    for (let now = startedAt; now - startedAt < ms; now = performance.now()) {
      for (const due = ((now - startedAt) * perSecond) / 1_000; made < due; made++) asked.push(this.#change(order[made % order.length] ?? 0, true));
      if (beside !== undefined) for (const due = ((now - startedAt) * beside.perSecond) / 1_000; madeBeside < due; madeBeside++) asked.push(this.#change(beside.user, false));
      await new Promise((done) => void setTimeout(done, tickMs));
    }
    await Promise.all(asked);
    const seconds = (performance.now() - startedAt) / 1_000;
    for (const until = performance.now() + waitMs; this.#underway.size > 0 && performance.now() < until; ) await new Promise((done) => void setTimeout(done, 10));
    let lost = 0;
    for (const { left } of this.#underway.values()) lost += left.size;
    const deliveries = this.#sent.length;
    return {
      changes: this.#changes, refused: this.#refused, firstRefusal: this.#firstRefusal, deliveries, lost, twice: this.#twice, beside: this.#beside,
      changesPerSecond: this.#changes / seconds, deliveriesPerSecond: deliveries / seconds,
      accepted: timesOf(this.#accepted), sent: timesOf(this.#sent),
    };
  }

  async #change(user: number, isTimed: boolean): Promise<void> {
    const { users, followers, trackIds } = this.#order;
    const socket = this.#sockets[user];
    const turn = (this.#next.get(user) ?? user + this.#first) + 1;
    this.#next.set(user, turn);
    const trackId = trackIds[turn % trackIds.length] ?? "";
    const key = `${users[user]} ${trackId}`;
    const underway = { sentAt: now(), left: new Set(followers[user]) };
    if (isTimed && underway.left.size > 0) this.#underway.set(key, underway);
    const answer = (await socket?.ask("call", "session.command", { type: "play", opId: `${this.#opIds}-${++this.#ops}`, deviceId, trackIds: [trackId] })) as { error?: object };
    if (answer.error !== undefined) {
      this.#refused += 1;
      this.#firstRefusal ??= JSON.stringify(answer.error);
      if (this.#underway.get(key) === underway) this.#underway.delete(key);
      return;
    }
    if (isTimed) this.#changes += 1;
    // As devices do: what is asked for is done, and that is said.
    void socket?.ask("call", "session.report", { deviceId, trackId, isPlaying: true, positionMs: Math.round(now() - underway.sentAt) });
  }

  #saw(socket: number, { userId, nowPlaying }: Message, at: number): void {
    if (userId === this.#besideId) {
      this.#beside += 1;
      return;
    }
    if (nowPlaying === undefined || nowPlaying === null) return;
    const key = `${userId} ${nowPlaying.trackId}`;
    const underway = this.#underway.get(key);
    if (underway === undefined) return;
    if (!underway.left.delete(socket)) {
      this.#twice += 1;
      return;
    }
    if (underway.left.size === 0) this.#underway.delete(key);
    this.#sent.push(now() - underway.sentAt);
    this.#accepted.push(at - nowPlaying.at);
  }
}

const now = () => performance.now();

const timesOf = (times: readonly number[]): Times => ({ p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99), p999Ms: percentile(times, 0.999), maxMs: percentile(times, 1) });
