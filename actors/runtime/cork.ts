/**
 * Holds what is sent in one turn of the event loop back until its end, so that it leaves in one write. The NATS client writes when the microtasks of one
 * callback are done: of a thousand timers or requests that are due in one turn each has its own system call then, and those are more than half of what
 * an answer costs (docs/decisions/0018).
 */

/** Hands one message to the transport. May throw. */
export type Send = (topic: string, data: Buffer, meta: object) => unknown;

/** So many messages are held back; then they leave before the turn's end. */
export const heldBack = 64;

interface Held {
  readonly topic: string;
  readonly data: Buffer;
  readonly meta: object;
  readonly leaves: PromiseWithResolvers<void>;
}

/** `send`, at the end of the turn and in the same order. Resolves when the transport has the message, rejects with what `send` throws. */
export function corked(send: Send): (...message: Parameters<Send>) => Promise<void> {
  let held: Held[] = [];
  const uncork = () => {
    const leaving = held;
    held = [];
    for (const { topic, data, meta, leaves } of leaving) {
      try {
        send(topic, data, meta);
        leaves.resolve();
      } catch (error) {
        // Not every caller looks (Moleculer's balanced events do not).
        leaves.promise.catch(() => undefined);
        leaves.reject(error);
      }
    }
  };
  return (topic, data, meta) => {
    if (held.length === 0) setImmediate(uncork);
    const leaves = Promise.withResolvers<void>();
    held.push({ topic, data, meta, leaves });
    if (held.length >= heldBack) uncork();
    return leaves.promise;
  };
}
