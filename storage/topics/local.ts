/**
 * The Topics port inside one process. Messages are delivered in a later turn of the event loop, as they would be over a
 * network: a publisher in the middle of its work is never re-entered by a listener. What waits is bounded; when it
 * is too much, all of it is dropped and listeners are told of a gap.
 */
import { StorageUnavailable } from "../errors.ts";
import { topicPendingBytes } from "../limits.ts";
import type { Topics } from "../ports.ts";
import { Listeners, type Listener } from "./listeners.ts";
import { checkTopic, encodeMessage } from "./message.ts";

/** Topics of one process, with at most `pendingBytes` characters of messages waiting for their turn. */
export function localTopics(pendingBytes: number = topicPendingBytes): Topics {
  const listeners = new Listeners();
  let waiting: { topic: string; text: string }[] = [];
  let waitingBytes = 0;
  let gap = false;
  let scheduled = false;
  let closed = false;

  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(drain);
  };
  const drain = () => {
    scheduled = false;
    const turn = waiting;
    const missed = gap;
    waiting = [];
    waitingBytes = 0;
    gap = false;
    if (missed) listeners.gap();
    for (const { topic, text } of turn) listeners.deliver(topic, text);
  };

  return {
    publish(topic, message) {
      const text = encodeMessage(message);
      if (!listeners.has(checkTopic(topic)) || closed) return;
      waitingBytes += text.length;
      waiting.push({ topic, text });
      if (waitingBytes > pendingBytes) {
        waiting = [];
        waitingBytes = 0;
        gap = true;
      }
      schedule();
    },
    mayBeHeard: (topic) => listeners.has(topic),
    expect: () => undefined,
    async subscribe(topic: string, listener: Listener) {
      checkTopic(topic);
      if (closed) throw new StorageUnavailable("the topics of this node are closed");
      const remove = listeners.add(topic, listener);
      return () => void remove();
    },
    onGap: (listener) => listeners.onGap(listener),
    async ping() {
      if (closed) throw new StorageUnavailable("the topics of this node are closed");
    },
    async close() {
      closed = true;
      listeners.clear();
    },
  };
}
