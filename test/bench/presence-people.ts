/** Who follows whom in `npm run bench -- presence`, written as rows at once; and tokens, as if all of them had logged in. */
import type { KeyObject } from "node:crypto";
import { SignJWT } from "jose";
import { withDatabase, type Circle } from "../../commands/cluster/servers.ts";

/** Each listener follows `publishers` of his room. */
export function rooms(name: string, count: number, size: number, publishersPerRoom: number): Circle & { readonly publishers: readonly string[] } {
  const publishersOf = (room: number) => Array.from({ length: publishersPerRoom }, (_, n) => `${name}-p${room}-${n}`);
  const listeners = Array.from({ length: count * size }, (_, n) => n % count);
  return {
    users: listeners.map((room, n) => `${name}-${n}-${room}`),
    friends: listeners.map(publishersOf),
    publishers: Array.from({ length: publishersPerRoom }, (_, n) => Array.from({ length: count }, (__, room) => `${name}-p${room}-${n}`)).flat(),
  };
}

/** Everybody follows the `friends` nearest in a ring, who follow back. */
export function ring(name: string, count: number, friends: number): Circle {
  const users = Array.from({ length: count }, (_, n) => `${name}-${n}`);
  const half = friends / 2;
  return { users, friends: users.map((_, n) => Array.from({ length: friends }, (__, k) => users[(n + (k < half ? k - half : k - half + 1) + count) % count] as string)) };
}

/** So many that nobody sees follow `user`. Until they are rows, `user` must not be looked at. */
export async function followedBy(databaseUrl: string, user: string, followers: number): Promise<void> {
  await withDatabase(databaseUrl, async (client) => {
    await client.query("insert into follow (follower_id, followee_id) select 'f' || n, $1 from generate_series(1, $2::int) n on conflict do nothing", [user, followers]);
    await client.query("insert into social (user_id, followers) select $1, count(*) from follow where followee_id = $1 on conflict (user_id) do update set followers = excluded.followers, version = social.version + 1", [user]);
    await client.query("analyze follow");
  });
}

/** Access tokens that last longer than the bench. */
export function tokens(users: readonly string[], privateKey: KeyObject): Promise<string[]> {
  return Promise.all(users.map((user) =>
    new SignJWT({ username: user, plan: "premium", role: "listener", country: "SE" })
      .setProtectedHeader({ alg: "EdDSA", kid: "t1" }).setIssuer("ensemble").setAudience("ensemble").setSubject(user).setExpirationTime("60 min")
      .sign(privateKey)));
}
