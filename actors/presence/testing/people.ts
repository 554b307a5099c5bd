/** For tests of presence: accounts that follow, share and play, and who listens to their topic. */
import { randomUUID } from "node:crypto";
import type { ServiceBroker } from "moleculer";
import { resourcesOf } from "../../../resources.ts";
import { until } from "../../../test/kit/index.ts";
import type { CallMeta, Identity } from "../../action.ts";
import { schemaErrors } from "../../testing/schema.ts";
import type { SeeReply } from "../actor.ts";
import type { PresenceChanged } from "../changed.ts";
import type { Related } from "../social.ts";

export interface FriendSeen extends SeeReply {
  readonly epoch: number;
  readonly username: string | null;
  readonly isKnown: boolean;
}

export class Person {
  readonly user: Identity;
  readonly #broker: ServiceBroker;
  /** When the last track that this person plays was at its position. */
  at = 0;

  constructor(broker: ServiceBroker, user: Identity) {
    this.#broker = broker;
    this.user = user;
  }

  get id(): string {
    return this.user.id;
  }

  /** Every answer is what its action declares. */
  async call<T>(name: string, params: object = {}): Promise<T> {
    const answer = await this.#broker.call<T, object>(`presence.${name}`, params, { meta: { user: this.user } satisfies CallMeta });
    const wrong = this.#broker.getLocalService("presence") === undefined ? [] : schemaErrors(this.#broker, `presence.${name}`, answer);
    if (wrong.length > 0) throw new Error(`presence.${name} answered what it does not declare: ${wrong.join("; ")}`);
    return answer;
  }

  async list(name: "following" | "followers"): Promise<readonly (Related & { readonly username: string | null })[]> {
    return (await this.call<{ items: (Related & { username: string | null })[] }>(name)).items;
  }

  async friends(): Promise<readonly FriendSeen[]> {
    return (await this.call<{ items: FriendSeen[] }>("friends")).items;
  }

  /** What the session of this person says, its words counted by `n`. */
  plays(n: number, playing: { readonly trackId: string; readonly positionMs?: number } | null, isPrivate = false): Promise<unknown> {
    this.at = Date.now();
    const word = playing === null ? null : { positionMs: 0, ...playing, at: this.at, durationMs: 200_000 };
    return this.#broker.call("presence.playing", { userId: this.id, playing: word, private: isPrivate, stamp: [1, n] });
  }

  seen(): Promise<SeeReply & { readonly epoch: number }> {
    return this.#broker.call("presence.see", { userId: this.id });
  }
}

export class People {
  readonly #broker: ServiceBroker;

  constructor(broker: ServiceBroker) {
    this.#broker = broker;
  }

  /** Accounts that no other test uses. Without a password: nobody logs in. */
  async some(count: number): Promise<[Person, Person, Person, ...Person[]]> {
    const users = Array.from({ length: count }, (): Identity => {
      const id = randomUUID().replaceAll("-", "");
      return { id, username: `u-${id.slice(0, 12)}`, plan: "free", role: "listener", country: "SE" };
    });
    await resourcesOf(this.#broker).ports.database.query(
      "insert into account (id, username, username_key, password_hash, country) select id, name, name, '', 'SE' from unnest($1::text[], $2::text[]) as given (id, name)",
      [users.map(({ id }) => id), users.map(({ username }) => username)],
    );
    return users.map((user) => new Person(this.#broker, user)) as [Person, Person, Person, ...Person[]];
  }
}

/** What comes by an account's topic. */
export class Listener {
  readonly heard: PresenceChanged[];
  readonly stop: () => void;
  #read = 0;

  private constructor(heard: PresenceChanged[], stop: () => void) {
    this.heard = heard;
    this.stop = stop;
  }

  static async to(broker: ServiceBroker, userId: string): Promise<Listener> {
    const heard: PresenceChanged[] = [];
    const stop = await resourcesOf(broker).ports.topics.subscribe(`presence:${userId}`, (message) => void heard.push(message as PresenceChanged));
    await broker.call("presence.see", { userId, listening: true });
    return new Listener(heard, stop);
  }

  /** The next `count` messages that were not read yet. */
  async take(count: number): Promise<readonly PresenceChanged[]> {
    await until(() => this.heard.length >= this.#read + count);
    this.#read += count;
    return this.heard.slice(this.#read - count, this.#read);
  }

  async next(): Promise<PresenceChanged> {
    return (await this.take(1))[0] as PresenceChanged;
  }
}
