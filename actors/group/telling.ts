/**
 * What those in a group are told after a change: the view, on the topic `group:<id>`.
 *
 * At once, but for listeners who come and go: that is a number, and told once a second. Who left must not hear more: the message says
 * that access changed, and gateways ask about everybody. With a thousand listeners that is a thousand questions, so those who
 * only listened and went by themselves may hear 10 s more.
 */
import type { Topics } from "../../storage/index.ts";
import type { Change } from "../runtime/declare.ts";
import { serviceLimits } from "./limits.ts";
import { limits, viewOf, type GroupEvent, type GroupState, type GroupView } from "./model/index.ts";

export interface GroupChanged extends GroupView {
  readonly event: "group.changed";
  /** Somebody who could read the topic may not any more. */
  readonly access?: "changed";
}

export const topicOf = (groupId: string): string => `group:${groupId}`;

interface Pending {
  /** Not told yet. */
  message: GroupChanged | undefined;
  /** Somebody left, and nobody was asked about since. */
  isLeft: boolean;
  /** Since when those who left may hear on, by a clock that never jumps. */
  askedAt: number;
  timer: NodeJS.Timeout | undefined;
}

const queueEvents: ReadonlySet<GroupEvent["type"]> = new Set(["began", "restored", "queued", "removed", "moved"]);
const isQuiet = (event: GroupEvent): boolean => (event.type === "joined" && event.listenOnly) || (event.type === "left" && event.isQuiet === true);

/** The message of a change: with the queue when that is another now, and short. */
export function messageOf({ key, epoch, n, state, events }: Change<GroupState, GroupEvent>, now: number): GroupChanged {
  const queue = state.queue.length <= limits.itemsTold && events.some(({ event }) => queueEvents.has(event.type));
  return { event: "group.changed", epoch, ...viewOf(state, { groupId: key, n, now, queue }) };
}

export class Telling {
  readonly #topics: Topics;
  readonly #pending = new Map<string, Pending>();

  constructor(topics: Topics) {
    this.#topics = topics;
  }

  take(change: Change<GroupState, GroupEvent>, now: number): void {
    const { key, epoch, events } = change;
    const topic = topicOf(key);
    if (!this.#topics.mayBeHeard(topic, epoch)) return;
    const pending = this.#pending.get(key) ?? { message: undefined, isLeft: false, askedAt: -Infinity, timer: undefined };
    this.#pending.set(key, pending);
    pending.message = messageOf(change, now);
    const isLoud = events.some(({ event }) => !isQuiet(event));
    const left = events.filter(({ event }) => event.type === "left");
    if (left.length > 0) pending.isLeft = true;
    if (left.some(({ event }) => !isQuiet(event))) pending.askedAt = -Infinity;
    if (isLoud) this.#tell(key, pending);
    else pending.timer ??= setTimeout(() => this.#tell(key, pending), serviceLimits.quietMs).unref();
  }

  stop(): void {
    for (const { timer } of this.#pending.values()) clearTimeout(timer);
    this.#pending.clear();
  }

  #tell(key: string, pending: Pending): void {
    clearTimeout(pending.timer);
    pending.timer = undefined;
    const { message } = pending;
    if (message === undefined) {
      this.#pending.delete(key);
      return;
    }
    const now = performance.now();
    const isAsked = pending.isLeft && now - pending.askedAt >= serviceLimits.askAgainMs;
    this.#topics.publish(topicOf(key), isAsked ? { ...message, access: "changed" } : message);
    if (isAsked) Object.assign(pending, { isLeft: false, askedAt: now });
    // Those who left while it was too early to ask: the same message again, later.
    if (!pending.isLeft) pending.message = undefined;
    pending.timer = setTimeout(() => this.#tell(key, pending), Math.max(serviceLimits.quietMs, pending.askedAt + serviceLimits.askAgainMs - now)).unref();
  }
}
