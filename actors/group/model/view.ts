/** A group as those in it see it. */
import { limits } from "./limits.ts";
import type { Control, GroupState } from "./state.ts";
import { placeAt, type Item, type Playback } from "./time.ts";

export interface GroupView {
  /** Later than another when (epoch, n) is higher. */
  readonly epoch: number;
  readonly n: number;
  readonly groupId: string;
  readonly life: "lives" | "ended";
  /** What it played was lost: the host's client, or another's if the host is away, gives it back (`group.restore`). */
  readonly isNew: boolean;
  readonly code: string;
  readonly hostId: string;
  readonly control: Control;
  /** In the order in which they came. */
  readonly members: readonly { readonly userId: string; readonly username: string }[];
  /** How many there are besides, who only listen. */
  readonly listenerCount: number;
  /** Ms since 1970, at the latest. */
  readonly endsAt: number;
  readonly queueVersion: number;
  /** In messages: only when it changed and is short. Who lacks the queue of this version and shows it reads the group. */
  readonly queue?: readonly Item[];
  readonly index: number;
  readonly playback: Playback | null;
  /** What follows when the present track has ended. */
  readonly next: Item | null;
}

export function viewOf(state: GroupState, given: { readonly groupId: string; readonly n: number; readonly now: number; readonly queue: boolean }): Omit<GroupView, "epoch"> {
  const { groupId, n, now } = given;
  const { index, playback } = placeAt(state.queue, state, now);
  return {
    groupId, n,
    life: state.life === "ended" ? "ended" : "lives",
    isNew: state.isNew,
    code: state.code,
    hostId: state.hostId,
    control: state.control,
    members: Array.from(state.members, ([userId, { username }]) => ({ userId, username })),
    listenerCount: state.listeners.size,
    endsAt: state.startedAt + limits.lifeMs,
    queueVersion: state.queueVersion,
    ...(given.queue ? { queue: state.queue } : {}),
    index, playback,
    next: (playback === null ? state.queue[index] : state.queue[index + 1]) ?? null,
  };
}
