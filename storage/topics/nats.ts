/**
 * The Topics port between the nodes of a cluster, on NATS, by a connection of its own: news for sockets never queues
 * behind calls. One subject per topic, and a NATS subscription for as long as this node has a listener, so that a node without
 * one receives nothing. A publisher learns which of its topics nobody listens to: the server answers a message with a reply subject
 * at once when it has nobody to give it to (silence.ts).
 *
 * NATS forgets. What makes that bearable is that nobody is left to believe that nothing happened:
 *
 *   connection lost and back          this node may have missed messages: its listeners are told of a gap
 *   published and not known to        everybody's listeners are told of a gap, by a note on a subject that every node
 *   have reached the server           hears
 *
 * What was published is known to have arrived when a later PING is answered; one is under way at a time. Not yet
 * confirmed bytes are bounded: beyond the bound messages are dropped, and the gap is told as soon as the server answers.
 */
import { randomUUID } from "node:crypto";
import { connect, Events, nkeyAuthenticator, type NatsConnection, type NatsError, type Subscription } from "nats";
import { StorageUnavailable } from "../errors.ts";
import { topicAnswerMs, topicGapQuietMs, topicMessageBytes, topicPendingBytes } from "../limits.ts";
import type { Topics } from "../ports.ts";
import { Listeners, type Listener } from "./listeners.ts";
import { checkTopic, encodeMessage } from "./message.ts";
import { Silence } from "./silence.ts";

/** Below the namespace of the broker: nodes are permitted nothing else (docs/cluster.md). Moleculer has no packet of these names. */
const subjectPrefix = "MOL-ensemble.topic.";
const gapSubject = "MOL-ensemble.topic-gap";
/** Below it a subject for each node, where the server answers its probes. */
const probePrefix = "MOL-ensemble.topic-probe.";
const nobodyListens = 503;

/** One token: what NATS gives a meaning (".", "*", ">") is written as "=" and two hexadecimal digits. */
const subjectOf = (topic: string) => subjectPrefix + topic.replace(/[^\w-]/g, (character) => `=${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);

interface Interest {
  readonly subscription: Subscription;
  /** Resolves when the server knows of it. */
  readonly known: Promise<void>;
}

/** Connects and proves that the server lets this node listen. Throws StorageUnavailable. */
export async function openNatsTopics(url: string, nkeySeed: string, options: { pendingBytes?: number } = {}): Promise<Topics> {
  let connection: NatsConnection;
  try {
    connection = await connect({
      servers: url,
      name: "ensemble topics",
      authenticator: nkeyAuthenticator(new TextEncoder().encode(nkeySeed)),
      timeout: topicAnswerMs,
      // As the broker's own (broker.config.ts): a dead server is noticed within seconds, and never given up.
      pingInterval: 5_000,
      maxPingOut: 2,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 250,
    });
  } catch (error) {
    throw translate(error);
  }
  const topics = new NatsTopics(connection, options.pendingBytes ?? topicPendingBytes);
  try {
    await topics.open();
    return topics;
  } catch (error) {
    await topics.close();
    throw error;
  }
}

class NatsTopics implements Topics {
  readonly #connection: NatsConnection;
  readonly #pendingBytes: number;
  readonly #listeners = new Listeners();
  readonly #interests = new Map<string, Interest>();
  readonly #silence = new Silence();
  readonly #probes = `${probePrefix}${randomUUID()}.`;
  #connected = true;
  /** Handed to the connection since the last PING that was answered, and whether one is under way. */
  #unconfirmedBytes = 0;
  #confirming = false;
  /** Something that was published may have reached nobody. */
  #lost = false;
  #gapTimer: NodeJS.Timeout | undefined;
  #refusal: NatsError | undefined;

  constructor(connection: NatsConnection, pendingBytes: number) {
    this.#connection = connection;
    this.#pendingBytes = pendingBytes;
  }

  async open(): Promise<void> {
    void this.#watch();
    this.#connection.subscribe(gapSubject, { callback: (error) => (error === null ? this.#announceGap() : (this.#refusal ??= error)) });
    this.#connection.subscribe(`${this.#probes}*`, {
      callback: (error, message) => {
        if (error !== null) this.#refusal ??= error;
        else if (message.headers?.code === nobodyListens) this.#silence.silent(Number(message.subject.slice(this.#probes.length)));
      },
    });
    await this.ping();
    const { max_payload: payloadBytes = 0 } = this.#connection.info ?? {};
    if (payloadBytes < topicMessageBytes) throw new StorageUnavailable(`the bus carries messages of ${payloadBytes} bytes; set its max_payload to ${topicMessageBytes} or more`);
    if (this.#refusal !== undefined) throw new StorageUnavailable(`the bus lets this node listen to no topic: ${this.#refusal.message}`, { cause: this.#refusal });
  }

  publish(topic: string, message: unknown): void {
    const subject = subjectOf(checkTopic(topic));
    const text = encodeMessage(message);
    if (this.#connection.isClosed() || this.#connection.isDraining()) return;
    const bytes = Buffer.from(text);
    if (!this.#connected || this.#unconfirmedBytes + bytes.length > this.#pendingBytes) {
      this.#lost = true;
    } else {
      this.#unconfirmedBytes += bytes.length;
      const probe = this.#silence.probe(topic, performance.now());
      this.#connection.publish(subject, bytes, probe === undefined ? undefined : { reply: `${this.#probes}${probe}` });
    }
    if (!this.#confirming) void this.#confirm();
  }

  mayBeHeard(topic: string, term: number): boolean {
    return this.#silence.mayBeHeard(topic, term, performance.now());
  }

  expect(topic: string): void {
    this.#silence.expect(topic);
  }

  async subscribe(topic: string, listener: Listener): Promise<() => void> {
    const subject = subjectOf(checkTopic(topic));
    if (this.#connection.isClosed() || this.#connection.isDraining()) throw new StorageUnavailable("the topics of this node are closed");
    const remove = this.#listeners.add(topic, listener);
    const end = () => {
      if (remove() === "last") this.#forget(topic);
    };
    const interest = this.#interests.get(topic) ?? this.#listen(topic, subject);
    try {
      await interest.known;
    } catch (error) {
      end();
      throw error;
    }
    return end;
  }

  onGap(listener: () => void): () => void {
    return this.#listeners.onGap(listener);
  }

  async ping(): Promise<void> {
    if (!this.#connected) throw new StorageUnavailable("the bus is not connected");
    const timeout = Promise.withResolvers<never>();
    const timer = setTimeout(() => timeout.reject(new StorageUnavailable(`the bus gave no answer within ${topicAnswerMs} ms`)), topicAnswerMs);
    try {
      await Promise.race([this.#connection.flush(), timeout.promise]);
    } catch (error) {
      throw translate(error);
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#gapTimer);
    this.#listeners.clear();
    this.#interests.clear();
    this.#silence.clear();
    if (this.#connection.isClosed()) return;
    // What was published last may leave first; a server that is away does not keep us.
    await this.ping().catch(() => undefined);
    await this.#connection.close();
  }

  #listen(topic: string, subject: string): Interest {
    let refused: NatsError | undefined;
    const subscription = this.#connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) this.#listeners.deliver(topic, message.string());
        else refused ??= error;
      },
    });
    const knownToServer = async () => {
      await this.ping();
      if (refused !== undefined) throw translate(refused);
    };
    const interest = { subscription, known: knownToServer() };
    this.#interests.set(topic, interest);
    return interest;
  }

  #forget(topic: string): void {
    const interest = this.#interests.get(topic);
    this.#interests.delete(topic);
    if (!this.#connection.isClosed()) interest?.subscription.unsubscribe();
  }

  /** Follows the connection until it is closed. */
  async #watch(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type === Events.Disconnect) {
        this.#connected = false;
        this.#unconfirmedBytes = 0;
      } else if (type === Events.Reconnect) {
        this.#connected = true;
        this.#announceGap();
        if (this.#lost && !this.#confirming) void this.#confirm();
      }
    }
  }

  /** Asks the server, one PING at a time, until everything that was published is known to have arrived, gaps included. */
  async #confirm(): Promise<void> {
    this.#confirming = true;
    try {
      while (this.#connected && (this.#unconfirmedBytes > 0 || this.#lost)) {
        const [asked, telling] = [this.#unconfirmedBytes, this.#lost];
        this.#lost = false;
        if (telling) this.#connection.publish(gapSubject);
        try {
          await this.#connection.flush();
        } catch {
          // Disconnected meanwhile: what the server had not read is gone, for the client sends nothing twice.
          this.#lost = true;
          if (this.#connection.isClosed()) return;
          continue;
        }
        this.#unconfirmedBytes = Math.max(0, this.#unconfirmedBytes - asked);
      }
    } finally {
      this.#confirming = false;
    }
  }

  /** When a server restarts, every node tells of a gap at about the same time: listeners hear of it once, a little later. */
  #announceGap(): void {
    if (this.#gapTimer !== undefined || this.#connection.isClosed()) return;
    this.#gapTimer = setTimeout(() => {
      this.#gapTimer = undefined;
      // Whoever reads again now must not miss what comes after: the server has to know our subscriptions first.
      this.ping().then(() => this.#listeners.gap(), () => this.#announceGap());
    }, topicGapQuietMs);
    this.#gapTimer.unref();
  }
}

function translate(error: unknown): StorageUnavailable {
  if (error instanceof StorageUnavailable) return error;
  return new StorageUnavailable(`the bus gave no answer: ${error instanceof Error ? error.message : "unknown"}`, { cause: error });
}
