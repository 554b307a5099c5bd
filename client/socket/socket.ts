/**
 * The typed client of the socket: live topics and calls, for browsers and Node. docs/sockets.md says what travels.
 *
 *   connecting -> connected -> waiting -> connecting ...        closed, by `close()` alone
 *
 * It comes back by itself: at once with a fresh token when the old one ended, after the time that a stopping gateway
 * gives, after a growing and varied time otherwise. Subscriptions come back with it, and their listeners are told that
 * something may have been missed.
 */
import { io, type Socket } from "socket.io-client";
import { NetworkError } from "../errors.ts";
import { wait } from "../playback/backoff.ts";
import type { VersionedEvent } from "./event-sequence.ts";
import { FriendsView, type FriendsOptions } from "./friends.ts";
import { errorOf, Subscriptions, type ProblemShape, type TopicAnswer, type TopicListener } from "./subscriptions.ts";
import { ViewWatch, type QueueView, type ViewOptions } from "./view.ts";
import { Watch, type WatchOptions } from "./watch.ts";

export type SocketState = "connecting" | "connected" | "waiting" | "closed";

export interface SocketOptions {
  /** Origin of the service; "" = the page's own. */
  readonly url: string;
  /** A valid access token: asked for before each connection. */
  readonly token: () => Promise<string>;
  /** `error` says why it waits, when somebody said so. */
  readonly onState?: (state: SocketState, error?: Error) => void;
  /** Longest wait for an answer. */
  readonly timeoutMs?: number;
}

export interface LiveSubscription {
  /** Resolves when the service has confirmed it. Rejects with ApiError when it refuses. */
  readonly ready: Promise<void>;
  end(): void;
}

export interface PlaylistWatch {
  /** Resolves when the playlist is as current as the service was when it confirmed. */
  readonly ready: Promise<void>;
  /** Number of the last event that was given. */
  readonly version: number;
  end(): void;
}

export interface LiveView<View> {
  /** Resolves when the view is as current as the service was when it confirmed. */
  readonly ready: Promise<void>;
  /** The latest; undefined before the first. */
  readonly view: View | undefined;
  /** Reads it now. */
  refresh(): Promise<void>;
  end(): void;
}

/** The four times of an exchange as NTP's. */
export interface ClockExchange {
  /** By this device's monotonic clock (`performance.now()`), ms. */
  readonly askedMs: number;
  /** By the service's clock, ms since 1970. */
  readonly receivedAt: number;
  readonly sentAt: number;
  readonly answeredMs: number;
}

/** What is needed of a watch to keep it fed. */
interface Fed {
  push(message: unknown): void;
  gap(): void;
  refresh(): Promise<void>;
  end(error?: unknown): void;
}

const retryMs = { first: 500, most: 20_000 };
/** Topics in one request. */
const topicsPerRequest = 50;

/** Connects, and stays so until `close()`. */
export function connectSocket(options: SocketOptions): LiveSocket {
  return new LiveSocket(options);
}

export class LiveSocket {
  readonly #options: SocketOptions;
  readonly #socket: Socket;
  readonly #subscriptions = new Subscriptions();
  readonly #closed = new AbortController();
  readonly #ready = new Map<string, PromiseWithResolvers<void>>();
  #friends: { readonly view: FriendsView; readonly subscription: LiveSubscription } | undefined;
  #state: SocketState = "connecting";
  #attempts = 0;
  #sentAwayMs: number | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(options: SocketOptions) {
    this.#options = options;
    const socket = io(options.url === "" ? undefined : options.url, { transports: ["websocket"], reconnection: false, autoConnect: false, forceNew: true, timeout: options.timeoutMs ?? 15_000 });
    this.#socket = socket;
    socket.on("connect", () => this.#connected());
    socket.on("connect_error", (error: Error & { data?: { error?: ProblemShape } }) => this.#again(error.data?.error === undefined ? new NetworkError(error) : errorOf(error.data.error)));
    socket.on("disconnect", () => this.#again());
    socket.on("reconnect", ({ afterMs }: { afterMs: number }) => (this.#sentAwayMs = afterMs));
    socket.on("gap", ({ topics }: { topics: readonly string[] }) => this.#subscriptions.gap(topics));
    socket.on("unsubscribed", ({ topics }: { topics: Readonly<Record<string, { error: ProblemShape }>> }) => {
      for (const [topic, { error }] of Object.entries(topics)) this.#refused(topic, error);
    });
    // Everything else is a message, with its topic behind it.
    socket.onAny((_event: string, message: unknown, topic: unknown) => {
      if (typeof topic === "string") this.#subscriptions.deliver(topic, message);
    });
    void this.#connect();
  }

  get state(): SocketState {
    return this.#state;
  }

  /**
   * Calls an action by its name with the parameters that REST takes. Throws ApiError, or NetworkError when no answer came:
   * whether it took effect is not known then, so mutations carry an `opId` of the caller's to be repeated with.
   */
  async call<Answer = unknown>(action: string, params: object = {}): Promise<Answer> {
    const answer = (await this.#ask("call", action, params)) as { ok: Answer } | { error: ProblemShape };
    if ("error" in answer) throw errorOf(answer.error);
    return answer.ok;
  }

  /** Calls `onMessage` with each message of `topic` until it is ended, over reconnections. `more.onGap`: some may have been missed. */
  subscribe(topic: string, onMessage: (message: unknown) => void, more: Omit<TopicListener, "onMessage"> = {}): LiveSubscription {
    const listener: TopicListener = { ...more, onMessage };
    const isFirst = this.#subscriptions.add(topic, listener);
    const ready = this.#readyOf(topic);
    if (isFirst && this.#state === "connected") void this.#subscribe([topic]);
    return {
      ready: ready.promise,
      end: () => {
        if (!this.#subscriptions.remove(topic, listener)) return;
        this.#ready.delete(topic);
        if (this.#state === "connected") this.#ask("unsubscribe", { topics: [topic] }).catch(() => undefined);
      },
    };
  }

  /** Gives every event of a playlist after `fromVersion`, each once and in order, whatever the network does. */
  watchPlaylist<Event extends VersionedEvent>(playlistId: string, options: WatchOptions<Event>): PlaylistWatch {
    const watch = new Watch<Event>(options, { wait, random: Math.random });
    const fed = this.#feed(`playlist:${playlistId}`, watch);
    return {
      ...fed,
      get version() {
        return watch.version;
      },
    };
  }

  /** Keeps the view of one's session current. */
  watchSession<View extends QueueView>(options: ViewOptions<View>): LiveView<View> {
    return this.#watchView("session:me", () => this.call<View>("session.get"), options);
  }

  /** Keeps the view of a group current that one is in. */
  watchGroup<View extends QueueView>(groupId: string, options: ViewOptions<View>): LiveView<View> {
    return this.#watchView(`group:${groupId}`, () => this.call<View>("group.get", { groupId }), options);
  }

  /** Tells what friends listen to: everybody first, then changes. One subscription, however many watch. */
  watchFriends(options: FriendsOptions): LiveSubscription {
    const first = Promise.withResolvers<void>();
    first.promise.catch(() => undefined);
    const { view, subscription } = (this.#friends ??= this.#openFriends());
    subscription.ready.catch(first.reject);
    const remove = view.add({
      onFriends: (friends, changed) => {
        first.resolve();
        options.onFriends(friends, changed);
      },
      onEnd: (error) => {
        first.reject(error);
        options.onEnd?.(error);
      },
    });
    return {
      ready: first.promise,
      end: () => {
        if (remove() || this.#friends?.view !== view) return;
        this.#friends = undefined;
        subscription.end();
      },
    };
  }

  /** Asks the service for its time. Rejects with NetworkError when no answer came. */
  async clockExchange(): Promise<ClockExchange> {
    const askedMs = performance.now();
    const answer = (await this.#ask("clock")) as { receivedAt: number; sentAt: number };
    return { askedMs, ...answer, answeredMs: performance.now() };
  }

  close(): void {
    if (this.#state === "closed") return;
    this.#enter("closed");
    clearTimeout(this.#retry);
    this.#closed.abort();
    for (const { reject } of this.#ready.values()) reject(new NetworkError(new Error("the socket was closed")));
    this.#socket.disconnect();
  }

  #openFriends(): { view: FriendsView; subscription: LiveSubscription } {
    const view = new FriendsView();
    const subscription = this.subscribe("friends:me", (message) => view.push(message), {
      onEnd: (error) => {
        if (this.#friends?.view === view) this.#friends = undefined;
        view.end(error);
      },
    });
    return { view, subscription };
  }

  #watchView<View extends QueueView>(topic: string, read: () => Promise<View>, options: ViewOptions<View>): LiveView<View> {
    const watch = new ViewWatch<View>(read, options, { wait, random: Math.random });
    const fed = this.#feed(topic, watch);
    return {
      ...fed,
      get view() {
        return watch.view;
      },
      refresh: () => watch.refresh(),
    };
  }

  /** Gives a watch the messages of its topic, until it is ended or the socket is closed. */
  #feed(topic: string, watch: Fed): { readonly ready: Promise<void>; end(): void } {
    const subscription = this.subscribe(topic, (message) => watch.push(message), {
      onGap: () => watch.gap(),
      onEnd: (error) => watch.end(error),
    });
    const end = () => {
      watch.end();
      subscription.end();
    };
    this.#closed.signal.addEventListener("abort", end, { once: true });
    const ready = subscription.ready.then(() => watch.refresh());
    // Who does not wait for it hears of a refusal by onEnd.
    ready.catch(() => undefined);
    return {
      ready,
      end: () => {
        this.#closed.signal.removeEventListener("abort", end);
        end();
      },
    };
  }

  async #connect(): Promise<void> {
    this.#enter("connecting");
    try {
      const token = await this.#options.token();
      // The server waits for the token no longer than for the rest: it is asked for before the connection opens.
      this.#socket.auth = { token };
      if (!this.#isClosed()) this.#socket.connect();
    } catch (error) {
      this.#again(error instanceof Error ? error : new NetworkError(error));
    }
  }

  #connected(): void {
    this.#attempts = 0;
    this.#enter("connected");
    const { topics } = this.#subscriptions;
    for (let from = 0; from < topics.length; from += topicsPerRequest) void this.#subscribe(topics.slice(from, from + topicsPerRequest));
  }

  /** Connects again later; `error` says why, when somebody said so. */
  #again(error?: Error): void {
    if (this.#isClosed()) return;
    const sentAwayMs = this.#sentAwayMs;
    this.#sentAwayMs = undefined;
    const growingMs = Math.min(retryMs.most, retryMs.first * 2 ** Math.min(this.#attempts, 10)) * (0.5 + Math.random());
    const { retryAfterMs = null } = (error ?? {}) as { retryAfterMs?: number | null };
    this.#attempts += 1;
    this.#enter("waiting", error);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#connect(), sentAwayMs ?? Math.max(growingMs, retryAfterMs ?? 0));
  }

  async #subscribe(topics: readonly string[]): Promise<void> {
    const { id } = this.#socket;
    try {
      const answer = (await this.#ask("subscribe", { topics, batches: true })) as { topics: Readonly<Record<string, TopicAnswer>> } | { error: ProblemShape };
      for (const topic of topics) {
        const result = "error" in answer ? answer : answer.topics[topic];
        if (result === undefined) continue;
        if ("error" in result) this.#refused(topic, result.error);
        else {
          this.#subscriptions.confirm(topic);
          this.#ready.get(topic)?.resolve();
        }
      }
    } catch {
      // No answer. On another connection all topics are asked for again; on this one, these.
      if (this.#socket.id === id) void this.#subscribeLater(topics, retryMs.first);
    }
  }

  /** What may be had later is asked for again; what may not is over. */
  #refused(topic: string, problem: ProblemShape): void {
    if (problem.retryable) {
      void this.#subscribeLater([topic], problem.details?.retryAfterMs ?? retryMs.first);
      return;
    }
    this.#ready.get(topic)?.reject(errorOf(problem));
    this.#ready.delete(topic);
    this.#subscriptions.lose(topic, problem);
  }

  async #subscribeLater(topics: readonly string[], afterMs: number): Promise<void> {
    const { id } = this.#socket;
    await wait(afterMs * (1 + Math.random()), this.#closed.signal).catch(() => undefined);
    const wanted = topics.filter((topic) => this.#subscriptions.topics.includes(topic));
    if (this.#state === "connected" && this.#socket.id === id && wanted.length > 0) await this.#subscribe(wanted);
  }

  #readyOf(topic: string): PromiseWithResolvers<void> {
    let ready = this.#ready.get(topic);
    if (ready === undefined) {
      ready = Promise.withResolvers();
      ready.promise.catch(() => undefined);
      this.#ready.set(topic, ready);
    }
    return ready;
  }

  async #ask(event: string, ...given: unknown[]): Promise<unknown> {
    // Socket.IO would keep it for a connection to come, and send it then: to somebody who has given up.
    if (this.#state !== "connected") throw new NetworkError(new Error("the socket is not connected"));
    try {
      return await this.#socket.timeout(this.#options.timeoutMs ?? 15_000).emitWithAck(event, ...given);
    } catch (error) {
      throw new NetworkError(error);
    }
  }

  #isClosed(): boolean {
    return this.#closed.signal.aborted;
  }

  #enter(state: SocketState, error?: Error): void {
    this.#state = state;
    this.#options.onState?.(state, error);
  }
}
