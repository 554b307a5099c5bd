/**
 * What is known of those whom users of this gateway follow: of each the last word of his presence, by one subscription at the
 * bus for however many followers. They come first and the question what is so now after, so nothing falls between; words carry
 * stamps `(epoch, n)`, so nothing counts twice.
 *
 *   followed by the first  ->  subscribed, then seen  ->  words come  ->  left by the last: ended
 *                                       |
 *                                       +- popular: not subscribed, nothing is shown; seen again some minutes later
 *
 * Seen again is who was not answered for, all after a gap of the bus, those shown as playing after shards of presence moved
 * (a new owner may know less than what was told), and whose track has ended without news.
 */
import type { Topics } from "../../storage/index.ts";
import type { SocketLimits } from "./limits.ts";

/** What friends see of a user, and its place among all that was ever said of him. */
export interface Activity {
  readonly userId: string;
  readonly nowPlaying: { readonly positionMs: number; readonly at: number; readonly durationMs: number } | null;
  readonly at: number;
  readonly epoch: number;
  readonly n: number;
  /** He is not pushed any more: to be forgotten. */
  readonly popular?: boolean;
}

export interface FolloweeParts {
  readonly topics: Topics;
  readonly limits: SocketLimits;
  /** `presence.see`: what is so now. Its owner publishes from then on. */
  see(userId: string): Promise<Activity>;
  /** Something new is known. */
  changed(followee: Followee, activity: Activity): void;
}

export class Followee {
  readonly userId: string;
  /** Whoever wants to know, by any name. */
  readonly followers = new Set<unknown>();
  /** What followers are shown; undefined while nothing is known, and of somebody popular. */
  activity: Activity | undefined;
  isPopular = false;
  /** When it was asked about last, since 1970; undefined: to be asked about. */
  seenMs: number | undefined;
  subscription: Promise<() => void> | undefined;
  isSeeing = false;
  /** Resolves when it was asked about once, or has ended. */
  readonly known = Promise.withResolvers<void>();

  constructor(userId: string) {
    this.userId = userId;
  }

  /** Takes a word if it is newer than the last. */
  take(activity: Activity): boolean {
    const last = this.activity;
    if (last !== undefined && (activity.epoch < last.epoch || (activity.epoch === last.epoch && activity.n <= last.n))) return false;
    this.activity = activity;
    return true;
  }

  /** Whether its track has ended, so long ago. */
  isOverdue(nowMs: number, byMs: number): boolean {
    const playing = this.activity?.nowPlaying ?? null;
    return playing !== null && playing.at + (playing.durationMs - playing.positionMs) + byMs < nowMs;
  }
}

export class Followees {
  readonly #parts: FolloweeParts;
  readonly #byUser = new Map<string, Followee>();
  /** To be asked about, in order. */
  readonly #wanted = new Set<Followee>();
  #asked = 0;
  readonly #sweep: NodeJS.Timeout;
  #moved: { readonly timer: NodeJS.Timeout; readonly firstMs: number } | undefined;

  constructor(parts: FolloweeParts) {
    this.#parts = parts;
    this.#sweep = setInterval(() => this.sweep(Date.now()), parts.limits.followeeSweepMs);
    this.#sweep.unref();
  }

  get size(): number {
    return this.#byUser.size;
  }

  /** Undefined when this gateway watches as many as it may. */
  follow(userId: string, follower: unknown): Followee | undefined {
    let followee = this.#byUser.get(userId);
    if (followee === undefined) {
      if (this.#byUser.size >= this.#parts.limits.followeesWatched) return undefined;
      followee = new Followee(userId);
      this.#byUser.set(userId, followee);
      this.#want(followee);
    }
    followee.followers.add(follower);
    return followee;
  }

  unfollow(followee: Followee, follower: unknown): void {
    if (followee.followers.delete(follower) && followee.followers.size === 0) this.#end(followee);
  }

  /** The bus may have missed something: about anybody. */
  afterGap(): void {
    for (const followee of this.#byUser.values()) this.#want(followee);
  }

  /** Shards of presence have new owners. They come in groups: those who play are asked about once for all that came together. */
  afterMove(): void {
    const { movedSettleMs } = this.#parts.limits;
    const firstMs = this.#moved?.firstMs ?? performance.now();
    // A hand-over that goes on and on must not put it off for ever.
    if (performance.now() - firstMs > movedSettleMs) return;
    clearTimeout(this.#moved?.timer);
    const timer = setTimeout(() => {
      this.#moved = undefined;
      for (const followee of this.#byUser.values()) if (followee.activity?.nowPlaying) this.#want(followee);
    }, movedSettleMs);
    timer.unref();
    this.#moved = { timer, firstMs };
  }

  /** Asks again about whom there is a reason to ask. */
  sweep(nowMs: number): void {
    const { overdueMs, popularAgainMs } = this.#parts.limits;
    for (const followee of this.#byUser.values()) {
      const sinceMs = nowMs - (followee.seenMs ?? Number.NEGATIVE_INFINITY);
      if (followee.seenMs === undefined || (followee.isPopular ? sinceMs > popularAgainMs : sinceMs > overdueMs && followee.isOverdue(nowMs, overdueMs))) this.#want(followee);
    }
  }

  close(): void {
    clearInterval(this.#sweep);
    clearTimeout(this.#moved?.timer);
    for (const followee of this.#byUser.values()) this.#end(followee);
  }

  #want(followee: Followee): void {
    this.#wanted.add(followee);
    this.#next();
  }

  #next(): void {
    for (const followee of this.#wanted) {
      if (this.#asked >= this.#parts.limits.followeesAsked) return;
      // One question at a time; who is wanted again meanwhile has his turn after it.
      if (followee.isSeeing) continue;
      this.#wanted.delete(followee);
      this.#asked += 1;
      followee.isSeeing = true;
      void this.#see(followee).finally(() => {
        this.#asked -= 1;
        followee.isSeeing = false;
        this.#next();
      });
    }
  }

  async #see(followee: Followee): Promise<void> {
    const { topics, see } = this.#parts;
    try {
      await (followee.subscription ??= topics.subscribe(`presence:${followee.userId}`, (message) => this.#arrived(followee, message)));
      const activity = await see(followee.userId);
      if (this.#byUser.get(followee.userId) !== followee) return;
      followee.seenMs = Date.now();
      followee.isPopular = activity.popular === true;
      if (followee.isPopular) this.#becamePopular(followee, activity);
      else this.#take(followee, activity);
      followee.known.resolve();
    } catch {
      // No answer: the next sweep asks again.
      followee.seenMs = undefined;
      followee.subscription?.catch(() => (followee.subscription = undefined));
    }
  }

  #arrived(followee: Followee, message: unknown): void {
    const activity = activityOf(message, followee.userId);
    if (activity === undefined || followee.isPopular) return;
    if (activity.popular !== true) this.#take(followee, activity);
    else {
      followee.isPopular = true;
      followee.seenMs = Date.now();
      this.#becamePopular(followee, activity);
    }
  }

  #take(followee: Followee, activity: Activity): void {
    if (followee.take(activity)) this.#parts.changed(followee, activity);
  }

  /** Who was shown is shown no more. */
  #becamePopular(followee: Followee, { userId, at, epoch, n }: Activity): void {
    this.#unsubscribe(followee);
    if (followee.activity === undefined) return;
    followee.activity = undefined;
    this.#parts.changed(followee, { userId, nowPlaying: null, at, epoch, n, popular: true });
  }

  #end(followee: Followee): void {
    this.#byUser.delete(followee.userId);
    this.#wanted.delete(followee);
    this.#unsubscribe(followee);
    followee.known.resolve();
  }

  #unsubscribe(followee: Followee): void {
    followee.subscription?.then((end) => end(), () => undefined);
    followee.subscription = undefined;
  }
}

/** What a message or an answer says of a user; undefined when it is not of that form. */
export function activityOf(message: unknown, userId: string): Activity | undefined {
  const given = message as Partial<Activity> | null;
  if (typeof given !== "object" || given === null || given.userId !== userId || typeof given.epoch !== "number" || typeof given.n !== "number") return undefined;
  const { nowPlaying = null, at = 0, epoch, n, popular } = given;
  return { userId, nowPlaying, at, epoch, n, ...(popular === true ? { popular } : {}) };
}
