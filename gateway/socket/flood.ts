/** What one connection may send: text only, at a bounded rate. Checked before anything is parsed. */
import type { SocketLimits } from "./limits.ts";

/** A bucket that fills at a rate and holds so much at once. */
export class Budget {
  readonly #perMs: number;
  readonly #most: number;
  #left: number;
  #atMs: number;

  constructor(perSecond: number, most: number, nowMs: number) {
    this.#perMs = perSecond / 1_000;
    this.#most = most;
    this.#left = most;
    this.#atMs = nowMs;
  }

  /** Takes `amount` out of the bucket; false when there is not so much in it. */
  take(amount: number, nowMs: number): boolean {
    this.#left = Math.min(this.#most, this.#left + (nowMs - this.#atMs) * this.#perMs) - amount;
    this.#atMs = nowMs;
    return this.#left >= 0;
  }
}

export type Breach = "binary" | "messages" | "bytes" | "backlog";

/** What a packet of Engine.IO breaks, if anything. */
export function inspector(limits: SocketLimits, nowMs: number): (packet: { readonly type: string; readonly data?: unknown }, nowMs: number) => Breach | undefined {
  const messages = new Budget(limits.messagesPerSecond, limits.messagesAtOnce, nowMs);
  const bytes = new Budget(limits.bytesPerSecond, limits.bytesAtOnce, nowMs);
  return ({ type, data }, at) => {
    if (!messages.take(1, at)) return "messages";
    if (typeof data !== "string") return type === "message" ? "binary" : undefined;
    // Socket.IO's types 5 and 6 announce binary frames, which a parser would wait for.
    if (type === "message" && /^[56]/.test(data)) return "binary";
    return bytes.take(data.length, at) ? undefined : "bytes";
  };
}
