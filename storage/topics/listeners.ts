/**
 * Who listens to what in this process. Both Topics adapters keep their listeners here: bounded, each called with a message
 * of its own, none harmed by what another throws.
 */
import { TooManyListeners } from "../errors.ts";
import { topicListeners } from "../limits.ts";

export type Listener = (message: unknown) => void;

export class Listeners {
  readonly #byTopic = new Map<string, Set<Listener>>();
  readonly #gaps = new Set<() => void>();
  readonly #bound: number;
  #count = 0;
  #warnedMs = Number.NEGATIVE_INFINITY;

  constructor(bound: number = topicListeners) {
    this.#bound = bound;
  }

  has(topic: string): boolean {
    return this.#byTopic.has(topic);
  }

  /**
   * Adds a listener; the answered function removes it, once, and says whether it was the last of its topic. Throws TooManyListeners.
   */
  add(topic: string, listener: Listener): () => "last" | "others" | "gone" {
    if (this.#count >= this.#bound) throw new TooManyListeners(this.#bound);
    // A function of its own, so that one that is added twice is called twice.
    const own: Listener = (message) => listener(message);
    const ofTopic = this.#byTopic.get(topic) ?? new Set();
    this.#byTopic.set(topic, ofTopic.add(own));
    this.#count += 1;
    return () => {
      if (!ofTopic.delete(own)) return "gone";
      this.#count -= 1;
      if (ofTopic.size > 0) return "others";
      this.#byTopic.delete(topic);
      return "last";
    };
  }

  /** Gives every listener of `topic` the message, parsed anew for each: what one changes in it, no other sees. */
  deliver(topic: string, text: string): void {
    for (const listener of this.#byTopic.get(topic) ?? []) this.#guarded(topic, () => listener(JSON.parse(text)));
  }

  onGap(listener: () => void): () => void {
    const own = () => listener();
    this.#gaps.add(own);
    return () => void this.#gaps.delete(own);
  }

  gap(): void {
    for (const listener of this.#gaps) this.#guarded("a gap", listener);
  }

  clear(): void {
    this.#byTopic.clear();
    this.#gaps.clear();
    this.#count = 0;
  }

  /** A listener's error is its owner's mistake. It is said once a second at most: a broken listener may get thousands of messages. */
  #guarded(what: string, call: () => void): void {
    try {
      call();
    } catch (error) {
      const now = performance.now();
      if (now - this.#warnedMs < 1_000) return;
      this.#warnedMs = now;
      process.emitWarning(`a listener of ${what} threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`, "TopicListenerFailed");
    }
  }
}
