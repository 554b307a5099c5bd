/**
 * The topics that sockets of this gateway listen to: one subscription at the bus for each, however many sockets, from the
 * first to the last. Two topics of the same name are two if they stand for different ones on the bus (`session:me`): feeds and
 * rooms go by the bus, sockets are told the name.
 *
 * A socket is let into a topic's room when it may read it. The subscription comes before that question, so that nothing
 * that happens after the answer is missed. When a message says that access changed, or when messages were missed that may
 * have said so, everybody in the room is asked about again; what arrives meanwhile waits for those who may stay.
 */
import type { Topics } from "../../storage/index.ts";
import { later, Problem } from "../http/problem.ts";
import type { Connection } from "./connection.ts";
import type { SocketLimits } from "./limits.ts";
import { topicOf, type Topic } from "./topics.ts";

export interface FeedHooks {
  /** Throws a Problem when the socket's user may not read the topic. */
  demandRead(name: string, connection: Connection): Promise<void>;
  /** Sends to everybody in the topic's room. */
  deliver(topic: Topic, message: unknown): void;
  /** Tells everybody in the topic's room that messages may have been missed. */
  gap(topic: Topic): void;
  /** Tells a socket that it has lost a topic. */
  lost(name: string, connection: Connection, problem: Problem): void;
}

/** Times that access may change while it is asked for, and that somebody is asked who does not answer. */
const accessTries = 5;
const askAgainMs = 200;

interface Feed {
  readonly topic: Topic;
  /** Those in the room, and those about to be. */
  readonly members: Set<Connection>;
  /** Resolves with the end of the subscription once the bus has it. */
  readonly subscription: Promise<() => void>;
  /** Counted up when access to the topic may have changed. */
  accessChanges: number;
  /** Messages that wait for a check; undefined when there is none. */
  held: unknown[] | undefined;
  checking: Promise<void> | undefined;
  /** More messages than may wait have passed, or the bus missed some. */
  missed: boolean;
}

export class Feeds {
  readonly #topics: Topics;
  readonly #limits: SocketLimits;
  readonly #hooks: FeedHooks;
  readonly #feeds = new Map<string, Feed>();
  readonly #endGaps: () => void;
  #closed = false;

  constructor(topics: Topics, limits: SocketLimits, hooks: FeedHooks) {
    this.#topics = topics;
    this.#limits = limits;
    this.#hooks = hooks;
    this.#endGaps = topics.onGap(() => void this.#afterGap());
  }

  /** Topics subscribed to at the bus. */
  get size(): number {
    return this.#feeds.size;
  }

  /** Lets a socket into a topic. Throws a Problem when it may not read it, or has as many as it may. */
  async join(name: string, connection: Connection): Promise<void> {
    const topic = topicOf(name, connection.user);
    if (!connection.take(name, this.#limits.topics)) return;
    const feed = this.#feeds.get(topic.bus) ?? this.#open(topic);
    feed.members.add(connection);
    try {
      await feed.subscription;
      for (let asked = -1, times = 0; asked !== feed.accessChanges; times++) {
        if (times === accessTries) throw later(503, "UNAVAILABLE", "Access to this changes all the time.", 1_000);
        asked = feed.accessChanges;
        await this.#hooks.demandRead(name, connection);
      }
      if (connection.open && feed.members.has(connection)) void connection.socket.join(topic.bus);
    } catch (error) {
      this.leave(name, connection);
      throw error;
    }
  }

  leave(name: string, connection: Connection): void {
    if (!connection.topics.delete(name)) return;
    const { bus } = topicOf(name, connection.user);
    void connection.socket.leave(bus);
    const feed = this.#feeds.get(bus);
    if (feed?.members.delete(connection) === true && feed.members.size === 0) this.#end(feed);
  }

  close(): void {
    this.#closed = true;
    this.#endGaps();
    for (const feed of this.#feeds.values()) this.#end(feed);
  }

  #open(topic: Topic): Feed {
    const feed: Feed = {
      topic,
      members: new Set(),
      subscription: this.#topics.subscribe(topic.bus, (message) => this.#arrived(feed, message)),
      accessChanges: 0,
      held: undefined,
      checking: undefined,
      missed: false,
    };
    this.#feeds.set(topic.bus, feed);
    return feed;
  }

  #end(feed: Feed): void {
    if (this.#feeds.get(feed.topic.bus) === feed) this.#feeds.delete(feed.topic.bus);
    // One that failed has told whoever waited for it.
    feed.subscription.then((end) => end(), () => undefined);
  }

  #arrived(feed: Feed, message: unknown): void {
    const changed = typeof message === "object" && message !== null && (message as { access?: unknown }).access === "changed";
    if (changed) feed.accessChanges += 1;
    if (feed.held !== undefined) {
      if (feed.held.push(message) <= this.#limits.heldMessages) return;
      feed.held.length = 0;
      feed.missed = true;
    } else if (changed) {
      feed.held = [message];
      void this.#checked(feed);
    } else {
      this.#hooks.deliver(feed.topic, message);
    }
  }

  /** A check that is under way sees what changes meanwhile. */
  #checked(feed: Feed): Promise<void> {
    return (feed.checking ??= this.#check(feed).finally(() => (feed.checking = undefined)));
  }

  /** Asks again about everybody in the room, until nothing changed meanwhile; then delivers what waited. */
  async #check(feed: Feed): Promise<void> {
    let asked: number;
    do {
      asked = feed.accessChanges;
      const byUser = Map.groupBy(feed.members, ({ user }) => user.id);
      await this.#severally([...byUser.values()], (connections) => this.#checkUser(feed, connections));
    } while (asked !== feed.accessChanges && feed.members.size > 0);
    for (const message of feed.held ?? []) this.#hooks.deliver(feed.topic, message);
    feed.held = undefined;
    if (feed.missed) this.#hooks.gap(feed.topic);
    feed.missed = false;
  }

  async #checkUser(feed: Feed, connections: readonly Connection[]): Promise<void> {
    const [first] = connections;
    if (first === undefined) return;
    const problem = await this.#refusal(feed.topic.name, first);
    if (problem === undefined) return;
    for (const connection of connections) {
      if (!feed.members.has(connection)) continue;
      this.leave(feed.topic.name, connection);
      this.#hooks.lost(feed.topic.name, connection, problem);
    }
  }

  /**
   * Why a socket may not go on listening; undefined when it may. After a gap whoever answers may have to be found again: he
   * is asked some times. Who cannot be asked about must not listen; if he may, he comes back.
   */
  async #refusal(name: string, connection: Connection): Promise<Problem | undefined> {
    for (let times = 1; ; times++) {
      try {
        await this.#hooks.demandRead(name, connection);
        return undefined;
      } catch (error) {
        const problem = error instanceof Problem ? error : later(503, "UNAVAILABLE", "Access could not be checked.", 1_000);
        if (!problem.retryable || times === accessTries) return problem;
        await new Promise((resolve) => { setTimeout(resolve, askAgainMs * times); });
      }
    }
  }

  /** What the bus did not bring may have been that access changed. */
  async #afterGap(): Promise<void> {
    const feeds = [...this.#feeds.values()];
    for (const feed of feeds) {
      feed.accessChanges += 1;
      feed.missed = true;
      // From now on: what comes may be for fewer.
      feed.held ??= [];
    }
    await this.#severally(feeds, async (feed) => {
      if (!this.#closed && this.#feeds.get(feed.topic.bus) === feed) await this.#checked(feed);
    });
  }

  /** Some at a time: a gap concerns every topic, and a change everybody in a room. */
  async #severally<T>(items: T[], work: (item: T) => Promise<void>): Promise<void> {
    const next = async (): Promise<void> => {
      for (let item = items.pop(); item !== undefined; item = items.pop()) await work(item);
    };
    await Promise.all(Array.from({ length: this.#limits.checks }, next));
  }
}
