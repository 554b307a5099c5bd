/** Who follows whom, written by two nodes at once. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { openPorts, type Ports } from "../../storage/index.ts";
import { freshDatabase, testConfig, until } from "../../test/kit/index.ts";
import { Follows } from "./follows.ts";
import { Social } from "./social.ts";

const most = 4;
let ports: Ports[];
let one: Follows;
let other: Follows;
let social: Social;
beforeAll(async () => {
  const DATABASE_URL = await freshDatabase();
  ports = await Promise.all([1, 2].map(async () => openPorts(await testConfig({ DATABASE_URL }))));
  const [a, b] = ports.map(({ database }) => database) as [Ports["database"], Ports["database"]];
  [one, other, social] = [new Follows(a, most), new Follows(b, most), new Social(a)];
}, 30_000);
afterAll(async () => void (await Promise.all(ports.map((each) => each.close()))), 30_000);

const ids = (count: number) => Array.from({ length: count }, () => randomUUID().replaceAll("-", ""));

describe("follows of two nodes", () => {
  test("are as many as one may have, also when the last place is taken twice at once", async () => {
    const followers = ids(40);
    for (const id of ids(most - 1)) await Promise.all(followers.map((follower) => one.follow(follower, id)));
    const [left, right] = ids(2) as [string, string];
    const outcomes = await Promise.all(followers.flatMap((follower) => [one.follow(follower, left), other.follow(follower, right)]));
    expect(outcomes.filter((outcome) => outcome === "full")).toHaveLength(40);
    for (const follower of followers) expect(await social.followees(follower)).toHaveLength(most);
    expect((await social.facts(left)).followers + (await social.facts(right)).followers).toBe(40);
  });

  test("of the same accounts in any order are counted as they are", async () => {
    const followed = ids(30);
    const [left, right] = [ids(30), ids(30)];
    const all = (change: "follow" | "unfollow") => Promise.all([...followed.map((id, at) => one[change](left[at] ?? "", id)), ...followed.toReversed().map((id, at) => other[change](right[at] ?? "", id))]);
    const counts = async () => new Set(await Promise.all(followed.map(async (id) => (await social.facts(id)).followers)));
    for (let round = 0; round < 5; round++) {
      await all("follow");
      expect(await counts()).toEqual(new Set([2]));
      await all("unfollow");
      expect(await counts()).toEqual(new Set([0]));
    }
  });

  test.each([["are there already", true], ["are new", false]])("lock the rows of the followed in one order, whether they %s: nobody waits for somebody who waits for him", async (_, exist) => {
    const [small, big, ...followers] = [...ids(2).toSorted(), ...ids(2)] as [string, string, string, string];
    const [database] = ports.map((each) => each.database) as [Ports["database"]];
    // In the table, and in the batch, the other way round.
    if (exist) for (const id of [big, small]) await one.follow(ids(1)[0] ?? "", id);
    const take = exist ? "select 1 as one from social where user_id = $1 for update" : "insert into social (user_id) values ($1)";
    const written = Promise.withResolvers<unknown>();
    await database.transaction(async (transaction) => {
      await transaction.query(take, [small]);
      written.resolve(Promise.all([big, small].map((id, at) => other.follow(followers[at] ?? "", id))));
      await until(async () => (await database.query("select 1 as one from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")).length > 0);
      await transaction.query("set local lock_timeout = 500");
      await transaction.query(take, [big]);
    });
    await written.promise;
    expect((await social.facts(big)).followers).toBe(exist ? 2 : 1);
  });

  test("are answered by what changed: with the new number, nothing, or that there are too many", async () => {
    const [me, ...others] = ids(7) as [string, ...string[]];
    const outcomes = await Promise.all([...others.slice(0, 4), others[0] ?? "", ...others.slice(4)].map((id) => one.follow(me, id)));
    expect(outcomes).toEqual([...Array.from({ length: 4 }, () => expect.objectContaining({ followers: 1, version: 2 }) as unknown), undefined, "full", "full"]);
    expect(await one.unfollow(me, others[5] ?? "")).toBeUndefined();
    expect(await one.unfollow(me, others[0] ?? "")).toEqual({ version: 3, share: true, privateUntil: null, followers: 0 });
    expect(await one.follow(me, others[5] ?? "")).toMatchObject({ followers: 1 });
  });

  test("fail together with their transaction, and the next ones do not", async () => {
    const [me, friend] = ids(2) as [string, string];
    await expect(one.follow(me, me)).rejects.toThrow();
    expect(await one.follow(me, friend)).toMatchObject({ followers: 1 });
  });
});
