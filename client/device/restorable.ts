/** What a session is given back when it was lost: a view that fits into one message of a socket, or the body of a request. */
import type { SessionItem, SessionView } from "./shapes.ts";

/** Characters of the queue as JSON: three quarters of the 64 KiB that the service takes; devices and history take the rest. */
const most = 48 * 1024;
/** Items before the current one that are kept: what "previous" is likely to reach. */
const before = 50;

const weight = (item: SessionItem): number => JSON.stringify(item).length + 1;

/** `view` itself when it is small enough, else with the part of its queue that begins a little before the current item. */
export function restorable(view: SessionView): SessionView {
  const { queue, index } = view;
  if (queue.reduce((sum, item) => sum + weight(item), 0) <= most) return view;
  const from = Math.max(0, index - before);
  let left = most;
  const until = queue.findIndex((item, at) => at >= from && (left -= weight(item)) < 0);
  return { ...view, queue: queue.slice(from, until === -1 ? undefined : until), index: index - from };
}
