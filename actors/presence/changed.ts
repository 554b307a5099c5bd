/** What friends are told: the messages of the topic `presence:<id>`, and when there is one. */
import type { Topics } from "../../storage/index.ts";
import { shown, type NowPlaying, type PresenceEvent, type PresenceState } from "./model/index.ts";

export interface PresenceChanged {
  readonly event: "presence.changed";
  readonly userId: string;
  readonly nowPlaying: NowPlaying | null;
  /** When what friends see changed, ms since 1970. */
  readonly at: number;
  readonly epoch: number;
  readonly n: number;
  /** The last message: from now on followers read. */
  readonly popular?: true;
}

/** After a change of whom an account follows. */
export interface FollowingChanged {
  readonly event: "following.changed";
}

export const topicOf = (userId: string): string => `presence:${userId}`;
export const followingTopicOf = (userId: string): string => `following:${userId}`;

interface Change {
  readonly key: string;
  readonly epoch: number;
  readonly n: number;
  readonly state: PresenceState;
  readonly events: readonly { readonly event: PresenceEvent }[];
}

/** Tells who listens what an account's friends see now, if that changed and they are pushed to. */
export function tell(topics: Topics, { key, epoch, n, state, events }: Change): void {
  const crossed = events.some(({ event }) => event.type === "informed" && event.crossed);
  if (state.isPopular ? !crossed : !events.some(({ event }) => event.shows)) return;
  const topic = topicOf(key);
  if (!topics.mayBeHeard(topic, epoch)) return;
  const message: PresenceChanged = { event: "presence.changed", userId: key, nowPlaying: shown(state), at: state.at, epoch, n, ...(state.isPopular ? { popular: true } : {}) };
  topics.publish(topic, message);
}
