/** Who follows whom, written as rows at once: for benches and simulations, whose users have tokens and no accounts. */
import { Client } from "pg";

/** `friends[n]` are those whom `users[n]` follows. */
export interface Circle {
  readonly users: readonly string[];
  readonly friends: readonly (readonly string[])[];
}

export async function follow(databaseUrl: string, { users, friends }: Circle): Promise<void> {
  const pairs = users.flatMap((user, n) => (friends[n] ?? []).map((friend) => [user, friend] as const));
  await withDatabase(databaseUrl, async (client) => {
    await client.query("insert into follow (follower_id, followee_id) select * from unnest($1::text[], $2::text[]) on conflict do nothing", [pairs.map(([user]) => user), pairs.map(([, friend]) => friend)]);
    await client.query("insert into social (user_id, followers) select followee_id, count(*) from follow where followee_id = any($1) group by 1 on conflict (user_id) do update set followers = excluded.followers, version = social.version + 1", [[...new Set(friends.flat())]]);
  });
}

/** A connection of its own, closed at the end. */
export async function withDatabase(databaseUrl: string, work: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
