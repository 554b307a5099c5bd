/**
 * `friends:me`: what those whom a user follows are listening to. A socket is sent one snapshot of all, then changes, nothing
 * twice; a snapshot again when the user follows others.
 *
 *   following:<id>   who changed whom he follows     -> presence.followees, compared with what is known, a new snapshot
 *   presence:<id>    one whom somebody here follows  -> followees.ts: the last word of each; fan-out.ts: to his followers' sockets
 *
 * Every change has a number here. A socket's snapshot holds all changes up to its own; later ones are sent to it, also those
 * that are on their way to others just then.
 */
import type { Topics } from "../../storage/index.ts";
import { later, Problem } from "../http/problem.ts";
import { Batches, type Batched } from "./batches.ts";
import type { Connection } from "./connection.ts";
import { FanOut } from "./fan-out.ts";
import { activityOf, Followees, type Activity, type Followee } from "./followees.ts";
import type { SocketLimits } from "./limits.ts";
import { friendsTopic } from "./topics.ts";

export interface FriendsParts {
  readonly topics: Topics;
  readonly limits: SocketLimits;
  /** Calls an internal action. Throws a Problem, or what the action threw. */
  ask(action: string, params: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** Sends one event to all of these, encoded once. */
  send(to: readonly Connection[], event: string, message: object): void;
  /** Sends an event whose message is JSON already. */
  sendText(to: Connection, event: string, json: string): void;
  /** Changes sent, in so many frames; for the metrics. */
  sent?(changes: number, frames: number): void;
}

/** One socket. */
interface Member extends Batched {
  readonly connection: Connection;
  readonly follower: Follower;
  /** Takes several changes in one frame. */
  readonly takesBatches: boolean;
  /** Number of the last change that its snapshot holds; infinite until it has one. */
  snapshotAt: number;
}

/** One user with a socket here. */
interface Follower {
  readonly userId: string;
  readonly members: Set<Member>;
  readonly followees: Map<string, Followee>;
  /** Resolves with the end of the subscription when the followees are known. */
  opened: Promise<() => void> | undefined;
  reading: Promise<void> | undefined;
  /** Whom he follows is to be read again. */
  isStale: boolean;
  /** When it was read last, monotonic; and what reads it when some time has passed since. */
  readMs: number;
  timer: NodeJS.Timeout | undefined;
}

interface Change {
  readonly number: number;
  readonly activity: Activity;
}

export class Friends {
  readonly #parts: FriendsParts;
  readonly #followers = new Map<string, Follower>();
  readonly #members = new Map<Connection, Member>();
  readonly #followees: Followees;
  readonly #fanOut: FanOut<Followee, Change, Member>;
  readonly #batches: Batches<Member>;
  readonly #endGaps: () => void;
  readonly #sweep: NodeJS.Timeout;
  #changes = 0;

  constructor(parts: FriendsParts) {
    this.#parts = parts;
    const { topics, limits } = parts;
    this.#followees = new Followees({
      topics,
      limits,
      see: (userId) => this.#see(userId),
      changed: (followee, activity) => this.#fanOut.add(followee, { number: ++this.#changes, activity }),
    });
    this.#fanOut = new FanOut({ chunk: limits.fanOutChunk, membersOf, give: (change, members) => this.#give(change, members), soon: (run) => void setImmediate(run) });
    this.#batches = new Batches({
      everyMs: limits.batchMs,
      chunk: limits.fanOutChunk,
      give: (member, changes) => this.#giveBatch(member, [...changes]),
      now: () => performance.now(),
      after: (ms, run) => void (ms === 0 ? setImmediate(run) : setTimeout(run, ms).unref()),
    });
    this.#endGaps = topics.onGap(() => this.#afterGap());
    this.#sweep = setInterval(() => this.#readStale(), limits.followeeSweepMs);
    this.#sweep.unref();
  }

  /** Users that this gateway listens to. */
  get size(): number {
    return this.#followees.size;
  }

  /** Sends the snapshot before it resolves. Throws a Problem. */
  async join(connection: Connection, takesBatches: boolean): Promise<void> {
    if (!connection.take(friendsTopic, this.#parts.limits.topics)) return;
    const follower = this.#followers.get(connection.user.id) ?? this.#open(connection.user.id);
    const member: Member = { connection, follower, takesBatches, snapshotAt: Number.POSITIVE_INFINITY, sentMs: Number.NEGATIVE_INFINITY, pending: undefined };
    follower.members.add(member);
    this.#members.set(connection, member);
    try {
      await follower.opened;
      await this.#known(follower);
    } catch (error) {
      if (this.#members.get(connection) === member) this.leave(connection);
      throw error instanceof Problem ? error : later(503, "UNAVAILABLE", "Whom you follow could not be found out.", 1_000);
    }
    if (this.#members.get(connection) === member && connection.open) this.#sendSnapshot([member]);
  }

  leave(connection: Connection): void {
    const member = this.#members.get(connection);
    if (member === undefined) return;
    connection.topics.delete(friendsTopic);
    this.#members.delete(connection);
    this.#batches.clear(member);
    const { follower } = member;
    follower.members.delete(member);
    if (follower.members.size === 0) this.#end(follower);
  }

  /** Shards of presence have new owners. */
  afterMove(): void {
    this.#followees.afterMove();
  }

  close(): void {
    clearInterval(this.#sweep);
    this.#endGaps();
    for (const follower of this.#followers.values()) this.#end(follower);
    this.#followees.close();
  }

  #open(userId: string): Follower {
    const follower: Follower = { userId, members: new Set(), followees: new Map(), opened: undefined, reading: undefined, isStale: true, readMs: Number.NEGATIVE_INFINITY, timer: undefined };
    this.#followers.set(userId, follower);
    follower.opened = this.#begin(follower);
    follower.opened.catch(() => undefined);
    return follower;
  }

  /** Resolves with the end of the subscription. */
  async #begin(follower: Follower): Promise<() => void> {
    const end = await this.#parts.topics.subscribe(`following:${follower.userId}`, () => this.#followsOthers(follower));
    try {
      // What a sweep has read may be from before the subscription.
      follower.isStale = true;
      while (follower.isStale) await this.#read(follower);
      return end;
    } catch (error) {
      end();
      throw error;
    }
  }

  #end(follower: Follower): void {
    if (this.#followers.get(follower.userId) === follower) this.#followers.delete(follower.userId);
    for (const followee of follower.followees.values()) this.#followees.unfollow(followee, follower);
    follower.followees.clear();
    clearTimeout(follower.timer);
    follower.opened?.then((end) => end(), () => undefined);
  }

  #followsOthers(follower: Follower): void {
    follower.isStale = true;
    this.#readSoon(follower);
  }

  /** At once when the last time is some time ago: whoever follows a hundred others one by one is not sent a hundred snapshots. */
  #readSoon(follower: Follower): void {
    if (follower.reading !== undefined || follower.timer !== undefined) return;
    const waitMs = follower.readMs + this.#parts.limits.followingMs - performance.now();
    // What fails is read again by the sweep.
    if (waitMs <= 0) this.#read(follower).catch(() => undefined);
    else {
      follower.timer = setTimeout(() => {
        follower.timer = undefined;
        if (follower.isStale) this.#readSoon(follower);
      }, waitMs + 1);
      follower.timer.unref();
    }
  }

  /** Reads whom a user follows. Rejects when there is no answer. */
  #read(follower: Follower): Promise<void> {
    return (follower.reading ??= this.#readOnce(follower).finally(() => (follower.reading = undefined)));
  }

  async #readOnce(follower: Follower): Promise<void> {
    follower.isStale = false;
    follower.readMs = performance.now();
    try {
      const { userIds } = (await this.#parts.ask("presence.followees", { userId: follower.userId })) as { userIds: readonly string[] };
      this.#follows(follower, new Set(userIds.slice(0, this.#parts.limits.followees)));
    } catch (error) {
      follower.isStale = true;
      throw error;
    }
    // Changed meanwhile.
    if (follower.isStale) setImmediate(() => this.#readSoon(follower));
  }

  #follows(follower: Follower, userIds: ReadonlySet<string>): void {
    if (this.#followers.get(follower.userId) !== follower) return;
    let isOther = false;
    for (const [userId, followee] of follower.followees) {
      if (userIds.has(userId)) continue;
      follower.followees.delete(userId);
      this.#followees.unfollow(followee, follower);
      isOther = true;
    }
    for (const userId of userIds) {
      if (follower.followees.has(userId)) continue;
      const followee = this.#followees.follow(userId, follower);
      if (followee === undefined) continue;
      follower.followees.set(userId, followee);
      isOther = true;
    }
    // Whoever of them is not known yet comes as a change.
    if (isOther) this.#sendSnapshot([...follower.members].filter(({ snapshotAt }) => Number.isFinite(snapshotAt)));
  }

  /** Resolves when all were asked about, or after some time: one who cannot be asked about keeps nobody from the others. */
  async #known(follower: Follower): Promise<void> {
    const waited = Promise.withResolvers<void>();
    const timer = setTimeout(waited.resolve, this.#parts.limits.snapshotWaitMs);
    await Promise.race([Promise.all([...follower.followees.values()].map(({ known }) => known.promise)), waited.promise]);
    clearTimeout(timer);
  }

  async #see(userId: string): Promise<Activity> {
    const activity = activityOf(await this.#parts.ask("presence.see", { userId, listening: true }), userId);
    if (activity === undefined) throw new Error("presence.see answered something else");
    return activity;
  }

  /** To sockets of one user. */
  #sendSnapshot(members: readonly Member[]): void {
    const [first] = members;
    if (first === undefined) return;
    const friends = [...first.follower.followees.values()].flatMap(({ activity }) => activity ?? []);
    for (const member of members) {
      this.#batches.clear(member);
      member.snapshotAt = this.#changes;
    }
    this.#parts.send(members.map(({ connection }) => connection), "presence.snapshot", { event: "presence.snapshot", friends });
  }

  #give({ activity }: Change, members: readonly Member[]): void {
    const alone: Connection[] = [];
    const batched: Connection[] = [];
    let json: string | undefined;
    for (const member of members) {
      if (!member.takesBatches) alone.push(member.connection);
      else if (this.#batches.mayGoNow(member, activity.userId, (json ??= JSON.stringify(activity)))) batched.push(member.connection);
    }
    if (alone.length > 0) this.#parts.send(alone, "presence.changed", { event: "presence.changed", ...activity });
    if (batched.length > 0) this.#parts.send(batched, "presence.changes", { event: "presence.changes", changes: [activity] });
    const sent = alone.length + batched.length;
    if (sent > 0) this.#parts.sent?.(sent, sent);
  }

  #giveBatch({ connection }: Member, changes: readonly string[]): void {
    this.#parts.sendText(connection, "presence.changes", `{"event":"presence.changes","changes":[${changes.join(",")}]}`);
    this.#parts.sent?.(changes.length, 1);
  }

  #afterGap(): void {
    this.#followees.afterGap();
    for (const follower of this.#followers.values()) follower.isStale = true;
    this.#readStale();
  }

  #readStale(): void {
    void this.#readEach([...this.#followers.values()].filter(({ isStale, reading }) => isStale && reading === undefined));
  }

  /** Some at a time: after a gap it is everybody. */
  async #readEach(followers: Follower[]): Promise<void> {
    const next = async (): Promise<void> => {
      for (let follower = followers.pop(); follower !== undefined; follower = followers.pop()) await this.#read(follower).catch(() => undefined);
    };
    await Promise.all(Array.from({ length: this.#parts.limits.checks }, next));
  }
}

/** Sockets of a followee's followers whose snapshot does not hold the change. */
function* membersOf(followee: Followee, { number }: Change): Generator<Member, void> {
  for (const follower of followee.followers as Set<Follower>) for (const member of follower.members) if (member.snapshotAt < number) yield member;
}
