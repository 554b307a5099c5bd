/** What friends listen to, put together from what `friends:me` says: a snapshot replaces all, a change one. Pure of sockets. */
import type { Activity } from "../shapes.ts";
import { isLater } from "../stamped.ts";

export interface FriendActivity extends Activity {
  /** So many follow him that he is not pushed: `presence.friends` says what he plays. */
  readonly popular?: boolean;
}

export interface FriendsOptions {
  /** Everybody, and whose activity is another since the last call: at first, with the snapshot after each connection, then as they change. */
  readonly onFriends: (friends: ReadonlyMap<string, FriendActivity>, changed: readonly string[]) => void;
  /** The watch is over. */
  readonly onEnd?: (error: unknown) => void;
}

export class FriendsView {
  readonly #friends = new Map<string, FriendActivity>();
  readonly #watchers = new Set<FriendsOptions>();
  #isKnown = false;

  /** Tells of what is known at once, and of changes until the answered function is called; that answers whether anybody is left. */
  add(options: FriendsOptions): () => boolean {
    // One's own: added twice, told twice.
    const own = { ...options };
    this.#watchers.add(own);
    if (this.#isKnown) own.onFriends(this.#friends, [...this.#friends.keys()]);
    return () => {
      this.#watchers.delete(own);
      return this.#watchers.size > 0;
    };
  }

  end(error: unknown): void {
    for (const { onEnd } of this.#watchers) onEnd?.(error);
    this.#watchers.clear();
  }

  /** A message of the topic. */
  push(message: unknown): void {
    const { friends, changes, ...one } = message as { friends?: readonly FriendActivity[]; changes?: readonly FriendActivity[] } & Partial<FriendActivity>;
    const changed = friends !== undefined ? this.#replace(friends) : (changes ?? [one as FriendActivity]).filter((change) => this.#take(change)).map(({ userId }) => userId);
    if (changed.length === 0 && friends === undefined) return;
    for (const { onFriends } of this.#watchers) onFriends(this.#friends, changed);
  }

  #replace(friends: readonly FriendActivity[]): string[] {
    const gone = new Set(this.#friends.keys());
    this.#isKnown = true;
    const changed = friends.filter((friend) => {
      gone.delete(friend.userId);
      return this.#take(friend);
    });
    for (const userId of gone) this.#friends.delete(userId);
    return [...changed.map(({ userId }) => userId), ...gone];
  }

  #take(friend: FriendActivity): boolean {
    const known = this.#friends.get(friend.userId);
    if (friend.popular === true) return this.#friends.delete(friend.userId);
    if (known !== undefined && !isLater(friend, known)) return false;
    this.#friends.set(friend.userId, friend);
    return true;
  }
}
