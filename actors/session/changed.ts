/** What follows a change: devices are told by the topic `session:<userId>`, presence by its action. */
import type { Topics } from "../../storage/index.ts";
import type { Change } from "../runtime/declare.ts";
import type { Telling } from "../telling.ts";
import { serviceLimits } from "./limits.ts";
import { changesHistory, changesWord, isShown, viewOf, wordOf, type SessionEvent, type SessionState, type SessionView, type Word } from "./model/index.ts";

/** Message to the topic: the session as it is now, with queue and history when they are others than before and short. */
export interface SessionChanged extends SessionView {
  readonly event: "session.changed";
  readonly userId: string;
  readonly epoch: number;
}

/** What presence is told. What is tried again may come late: by the stamp presence leaves it out. */
export interface Stamped extends Word {
  readonly stamp: readonly [epoch: number, n: number];
}

export const topicOf = (userId: string): string => `session:${userId}`;

export function messageOf({ key, epoch, state, events }: Change<SessionState, SessionEvent>): SessionChanged {
  const queue = state.queueVersion >= (events[0]?.seq ?? 0) && state.queue.items.length <= serviceLimits.itemsTold;
  const history = events.some(({ event }) => changesHistory(event));
  return { event: "session.changed", userId: key, epoch, ...viewOf(state, { queue, history }) };
}

export function tell(topics: Topics, telling: Telling<Stamped> | undefined, change: Change<SessionState, SessionEvent>): void {
  const { key, epoch, state, events } = change;
  if (events.some(({ event }) => changesWord(event))) telling?.later(key, { ...wordOf(state), stamp: [epoch, state.n] });
  if (!events.some(({ event }) => isShown(event))) return;
  if (topics.mayBeHeard(topicOf(key), epoch)) topics.publish(topicOf(key), messageOf(change));
}
