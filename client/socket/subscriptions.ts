/** What a client is subscribed to: kept over reconnections, told to the server again after each. */
import { ApiError } from "../errors.ts";

export interface TopicListener {
  readonly onMessage: (message: unknown) => void;
  /** Messages may have been missed: after a reconnection, or when the service says so. */
  readonly onGap?: (() => void) | undefined;
  /** The subscription is over: access was lost. */
  readonly onEnd?: ((error: ApiError) => void) | undefined;
}

/** What the server answers for a topic. */
export type TopicAnswer = { readonly ok: true } | { readonly error: ProblemShape };

export interface ProblemShape {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly details?: { readonly retryAfterMs?: number };
}

export function errorOf(problem: ProblemShape): ApiError {
  return new ApiError({ ...problem, retryAfterMs: problem.details?.retryAfterMs ?? null });
}

interface Subscription {
  readonly listeners: Set<TopicListener>;
  /** Has been in force before: what comes back with a reconnection may have missed something. */
  confirmed: boolean;
}

export class Subscriptions {
  readonly #topics = new Map<string, Subscription>();

  get topics(): string[] {
    return [...this.#topics.keys()];
  }

  isConfirmed(topic: string): boolean {
    return this.#topics.get(topic)?.confirmed === true;
  }

  /** Answers whether it is the topic's first. */
  add(topic: string, listener: TopicListener): boolean {
    const known = this.#topics.get(topic);
    known?.listeners.add(listener);
    if (known === undefined) this.#topics.set(topic, { listeners: new Set([listener]), confirmed: false });
    return known === undefined;
  }

  /** Answers whether it was the topic's last. */
  remove(topic: string, listener: TopicListener): boolean {
    const known = this.#topics.get(topic);
    if (known?.listeners.delete(listener) !== true || known.listeners.size > 0) return false;
    return this.#topics.delete(topic);
  }

  confirm(topic: string): void {
    const known = this.#topics.get(topic);
    if (known === undefined) return;
    if (known.confirmed) this.gap([topic]);
    known.confirmed = true;
  }

  deliver(topic: string, message: unknown): void {
    for (const listener of this.#listenersOf(topic)) listener.onMessage(message);
  }

  gap(topics: readonly string[]): void {
    for (const topic of topics) for (const listener of this.#listenersOf(topic)) listener.onGap?.();
  }

  /** Ends a topic for every listener. */
  lose(topic: string, problem: ProblemShape): void {
    const listeners = this.#listenersOf(topic);
    this.#topics.delete(topic);
    for (const listener of listeners) listener.onEnd?.(errorOf(problem));
  }

  /** A copy: a listener may leave while it is called. */
  #listenersOf(topic: string): TopicListener[] {
    return [...(this.#topics.get(topic)?.listeners ?? [])];
  }
}
