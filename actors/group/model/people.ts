/** Who is in a group, and what time alone changes. Pure. */
import { ended, GroupRefused, notAMember, unknown } from "./errors.ts";
import { limits } from "./limits.ts";
import type { GroupEvent, GroupState } from "./state.ts";
import { endsAt, placeAt } from "./time.ts";

/** When the member or listener was last heard of. Throws GroupRefused when `userId` is neither, or the group is over. */
export function demandIn(state: GroupState, userId: string): number {
  if (state.life === "unknown") throw unknown();
  const found = state.members.get(userId)?.heardAt ?? state.listeners.get(userId);
  if (found === undefined) throw notAMember();
  if (state.life === "ended") throw ended();
  return found;
}

/** Throws GroupRefused when `userId` may not control what is played. */
export function demandControl(state: GroupState, userId: string): void {
  demandIn(state, userId);
  if (!state.members.has(userId)) throw new GroupRefused("NOT_ALLOWED", "You only listen here.");
  if (state.control === "host" && state.hostId !== userId) throw new GroupRefused("NOT_ALLOWED", "In this group the host controls what is played.");
}

export function demandHost(state: GroupState, userId: string): void {
  demandIn(state, userId);
  if (state.hostId !== userId) throw new GroupRefused("NOT_ALLOWED", "Only the host may do this.");
}

/** Somebody comes who has shown the code or the link, or changes between taking part and only listening. */
export function joined(state: GroupState, userId: string, username: string, listenOnly: boolean): GroupEvent | undefined {
  if (state.life === "unknown") throw unknown();
  if (state.life === "ended") throw notAMember();
  if (state.kicked.includes(userId)) throw new GroupRefused("KICKED", "The host has sent you away from this group.");
  const [into, most] = listenOnly ? [state.listeners, limits.listeners] : [state.members, limits.members];
  if (into.has(userId)) return undefined;
  if (listenOnly && userId === state.hostId) throw new GroupRefused("NOT_ALLOWED", "The host takes part. Hand the group over first.");
  if (into.size >= most) throw new GroupRefused("GROUP_FULL", `A group has at most ${most.toLocaleString("en")} ${listenOnly ? "listeners" : "members"}.`, { limit: most, listenOnly });
  return { type: "joined", userId, username, listenOnly };
}

/** These go; the host's part goes to who has been there longest. Without members there is no group. */
export function gone(state: GroupState, userIds: readonly string[], kicked = false): GroupEvent {
  const left = [...state.members.keys()].filter((userId) => !userIds.includes(userId));
  const [longest] = left;
  if (longest === undefined) return { type: "ended" };
  return { type: "left", userIds, hostId: left.includes(state.hostId) ? state.hostId : longest, ...(kicked ? { kicked } : {}), ...(!kicked && userIds.length > 0 && userIds.every((userId) => state.listeners.has(userId)) ? { isQuiet: true } : {}) };
}

/** When time alone changes a group next: a track ends, somebody has been silent for too long, its life is over. */
export function dueAt(state: GroupState): number | undefined {
  if (state.life !== "lives") return undefined;
  let due = Math.min(state.startedAt + limits.lifeMs, state.awaitedUntil ?? Infinity, (state.playback === null ? undefined : endsAt(state.playback)) ?? Infinity);
  for (const [, heardAt] of heard(state)) due = Math.min(due, heardAt + limits.silentMs);
  return due;
}

/** What happened by `now`. */
export function elapsed(state: GroupState, now: number): readonly GroupEvent[] {
  if (state.life !== "lives") return [];
  if (now >= state.startedAt + limits.lifeMs) return [{ type: "ended" }];
  const silent = [...heard(state)].filter(([, heardAt]) => heardAt + limits.silentMs <= now).map(([userId]) => userId);
  const isOver = state.awaitedUntil !== null && state.awaitedUntil <= now;
  const away = silent.length > 0 || isOver ? [gone(state, silent)] : [];
  const place = placeAt(state.queue, state, now);
  const isOn = place.playback !== state.playback && away[0]?.type !== "ended";
  return [...away, ...(isOn ? [{ type: "played", ...place } as const] : [])];
}

function* heard({ members, listeners }: GroupState): Generator<readonly [userId: string, heardAt: number]> {
  for (const [userId, { heardAt }] of members) yield [userId, heardAt];
  yield* listeners;
}
