/**
 * What a log makes each generator do, and when. Users, tracks and playbacks become numbers: the log's are of another system. A user is with
 * one generator, and his own acts stay in the order of the log.
 *
 * A log is cut out of a longer one: of a playback whose beginning is not in it, the first act that tells that it went on makes the listener
 * join there; one that tells only its end is left out.
 */
import { replayed, splitByUser, type ReplayPace } from "../arrivals/index.ts";
import type { ActType, LoggedAct } from "./log.ts";

export interface ReplayAct {
  /** After the run's begin. */
  readonly dueMs: number;
  /** Of this generator, from 0. */
  readonly user: number;
  /** In the order in which the log brings them up, from 0. */
  readonly track: number;
  readonly type: ActType;
  readonly positionMs: number | undefined;
  /** Of this user, from 0. */
  readonly playback: number;
  /** The playback was there before the log: it is begun here, without a "start" of the log. */
  readonly joins: boolean;
}

export interface ReplaySchedule {
  /** By generator. */
  readonly shares: readonly (readonly ReplayAct[])[];
  /** Of the generator that has most. */
  readonly usersMost: number;
  readonly users: number;
  readonly tracks: number;
  readonly acts: number;
  readonly durationMs: number;
  /** Left out: ends of playbacks that the log knows nothing else of. */
  readonly orphans: number;
}

interface User {
  readonly number: number;
  readonly generator: number;
  readonly playbacks: Map<string, number>;
  made: number;
  /** The playback that went on last, and its track. */
  current: { readonly playback: number; readonly track: string } | undefined;
}

/** Playbacks of a user that later acts may still speak of. */
const playbacksKept = 8;

/** Throws DescriptionError for a pace that cannot be. */
export function scheduleOf(log: readonly LoggedAct[], pace: Pick<ReplayPace, "speed" | "maxGapMs">, generators: number): ReplaySchedule {
  const shares: ReplayAct[][] = Array.from({ length: generators }, () => []);
  const counts: number[] = shares.map(() => 0);
  const users = new Map<string, User>();
  const tracks = new Map<string, number>();
  let [orphans, acts, durationMs] = [0, 0, 0];
  for (const { atMs: dueMs, entry } of replayed(log, ({ atMs, user }) => ({ atMs, user }), pace)) {
    let user = users.get(entry.user);
    if (user === undefined) {
      const generator = splitByUser(entry.user, generators);
      users.set(entry.user, (user = { number: counts[generator] ?? 0, generator, playbacks: new Map(), made: 0, current: undefined }));
      counts[generator] = user.number + 1;
    }
    let track = tracks.get(entry.track);
    if (track === undefined) tracks.set(entry.track, (track = tracks.size));
    const of = playbackOf(user, entry);
    if (of === undefined) {
      orphans += 1;
      continue;
    }
    shares[user.generator]?.push({ dueMs, user: user.number, track, type: entry.type, positionMs: entry.positionMs, ...of });
    acts += 1;
    durationMs = dueMs;
  }
  return { shares, usersMost: Math.max(0, ...counts), users: users.size, tracks: tracks.size, acts, durationMs, orphans };
}

/** Undefined: nothing can be made of it. */
function playbackOf(user: User, { type, track, playback }: LoggedAct): { readonly playback: number; readonly joins: boolean } | undefined {
  if (type === "save" || type === "unsave") return { playback: -1, joins: false };
  const known = type === "start" ? undefined : playback === undefined ? (user.current?.track === track ? user.current.playback : undefined) : user.playbacks.get(playback);
  if (known !== undefined) return { playback: known, joins: false };
  if (type === "skip" || type === "complete") return undefined;
  const made = user.made++;
  user.current = { playback: made, track };
  if (playback !== undefined) {
    user.playbacks.set(playback, made);
    const oldest = user.playbacks.keys().next().value;
    if (user.playbacks.size > playbacksKept && oldest !== undefined) user.playbacks.delete(oldest);
  }
  return { playback: made, joins: type !== "start" };
}
