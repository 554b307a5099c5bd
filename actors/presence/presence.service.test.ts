/** Following, sharing and what friends see, on one node with the real stores. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { resourcesOf } from "../../resources.ts";
import { until } from "../../test/kit/index.ts";
import account from "../account/account.service.ts";
import type { Identity } from "../action.ts";
import catalog from "../catalog/catalog.service.ts";
import { shellOf } from "../runtime/index.ts";
import search from "../search/search.service.ts";
import { startTestNode, admin, type TestNode } from "../testing/node.ts";
import { ingestedTrack } from "../testing/tracks.ts";
import { limits } from "./limits.ts";
import { presenceService } from "./presence.service.ts";
import { Listener, People } from "./testing/people.ts";

let node: TestNode;
let people: People;
const songs = ["Åska", "Regn"].map((title) => ingestedTrack(title, { artists: ["Ada", "Bo"], album: "Väder" }, undefined, 200));
const [song, other] = songs.map(({ id }) => id) as [string, string];

beforeAll(async () => {
  node = await startTestNode([account, catalog, search, presenceService({ ...limits, followees: 5, popularAbove: 3, popularUntil: 1 })]);
  for (const track of songs) await node.call("catalog.add", { track });
  people = new People(node.broker);
}, 30_000);
afterAll(() => node?.stop(), 30_000);

describe("following", () => {
  test("is in both lists, with names, the newest first, and ends", async () => {
    const [me, one, two] = await people.some(3);
    expect(await me.call("follow", { userId: one.id })).toEqual({ userId: one.id, following: true });
    await me.call("follow", { userId: two.id });
    expect((await me.list("following")).map(({ userId, username }) => [userId, username])).toEqual([[two.id, two.user.username], [one.id, one.user.username]]);
    expect((await one.list("followers")).map(({ userId }) => userId)).toEqual([me.id]);
    expect(await one.list("following")).toEqual([]);
    expect(await me.call("unfollow", { userId: one.id })).toEqual({ userId: one.id, following: false });
    expect((await me.list("following")).map(({ userId }) => userId)).toEqual([two.id]);
    expect(await one.list("followers")).toEqual([]);
  });

  test("twice is once, also at the same moment, and so is ending it", async () => {
    const [me, one] = await people.some(2);
    await Promise.all(Array.from({ length: 8 }, () => me.call("follow", { userId: one.id })));
    expect(await one.call("sharing")).toMatchObject({ followers: 1 });
    await Promise.all(Array.from({ length: 8 }, () => me.call("unfollow", { userId: one.id })));
    expect(await one.call("sharing")).toMatchObject({ followers: 0 });
  });

  test("each other at the same moment is possible, and counted as it is", async () => {
    const some = await people.some(5);
    const pairs = some.flatMap((one) => some.filter((two) => two !== one).map((two) => [one, two] as const));
    await Promise.all(pairs.map(([one, two]) => one.call("follow", { userId: two.id })));
    for (const one of some) expect(await one.call("sharing")).toMatchObject({ followers: 4 });
  });

  test("oneself, nobody, and more than the bound is refused, whoever comes at once", async () => {
    const [me, ...others] = await people.some(9);
    await expect(me.call("follow", { userId: me.id })).rejects.toMatchObject({ code: 422 });
    await expect(me.call("follow", { userId: "nobody" })).rejects.toMatchObject({ code: 404, type: "NOT_FOUND" });
    await expect(me.call("follow", { userId: "no such id!" })).rejects.toMatchObject({ code: 422 });
    const all = await Promise.allSettled(others.map(({ id }) => me.call("follow", { userId: id })));
    expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
    expect(all.flatMap((one) => (one.status === "rejected" ? [one.reason as object] : []))).toEqual(Array.from({ length: 3 }, () => expect.objectContaining({ code: 409, type: "LIMIT", data: { limit: 5 } })));
    expect(await me.list("following")).toHaveLength(5);
    const known = (await me.list("following"))[0]?.userId ?? "";
    expect(await me.call("follow", { userId: known })).toMatchObject({ following: true });
  });

  test("is read in pages", async () => {
    const [me, ...others] = await people.some(6);
    for (const { id } of others) await me.call("follow", { userId: id });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page: { items: { userId: string }[]; nextCursor: string | null } = await me.call("following", { limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map(({ userId }) => userId));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(others.map(({ id }) => id).toReversed());
    await expect(me.call("following", { cursor: "bm90IG91cnM" })).rejects.toMatchObject({ code: 422 });
    expect((await node.call<{ userIds: string[] }>("presence.followees", { userId: me.id })).userIds.toSorted()).toEqual([...seen].toSorted());
  });

  test("tells who keeps the follower's list, when something changed", async () => {
    const [me, one] = await people.some(2);
    const heard: unknown[] = [];
    const stop = await resourcesOf(node.broker).ports.topics.subscribe(`following:${me.id}`, (message) => void heard.push(message));
    for (const does of ["follow", "follow", "unfollow", "unfollow"]) await me.call(does, { userId: one.id });
    await until(() => heard.length >= 2);
    stop();
    expect(heard).toEqual([{ event: "following.changed" }, { event: "following.changed" }]);
  });
});

describe("what friends see", () => {
  test("is what plays, with its title, artists and image; told, and read", async () => {
    const [me, friend] = await people.some(2);
    await me.call("follow", { userId: friend.id });
    const listener = await Listener.to(node.broker, friend.id);
    await friend.plays(1, { trackId: song, positionMs: 1_000 });
    const nowPlaying = { trackId: song, title: "Åska", artists: ["Ada", "Bo"], imageId: null, positionMs: 1_000, at: friend.at, durationMs: 200_000 };
    const told = await listener.next();
    expect(told).toMatchObject({ event: "presence.changed", userId: friend.id, nowPlaying });
    expect(await me.friends()).toEqual([{ userId: friend.id, username: friend.user.username, isKnown: true, popular: false, nowPlaying, at: told.at, epoch: told.epoch, n: told.n }]);
    await friend.plays(2, null);
    const gone = await listener.next();
    expect(gone.nowPlaying).toBeNull();
    expect([gone.epoch, gone.n > told.n]).toEqual([told.epoch, true]);
    listener.stop();
  });

  test("is nothing of a track that the catalogue does not have", async () => {
    const [friend] = await people.some(1);
    await friend.plays(1, { trackId: song });
    await friend.plays(2, { trackId: "no-such-track" });
    expect(await friend.seen()).toMatchObject({ nowPlaying: null });
  });

  test("is hidden when the answer of switching sharing off comes, and back when it is on", async () => {
    const [friend] = await people.some(1);
    const listener = await Listener.to(node.broker, friend.id);
    await friend.plays(1, { trackId: song });
    expect(await friend.call("setSharing", { share: false })).toEqual({ share: false, privateUntil: null, followers: 0 });
    expect(await friend.seen()).toMatchObject({ nowPlaying: null });
    await friend.plays(2, { trackId: other });
    expect(await friend.call("sharing")).toMatchObject({ share: false });
    await friend.call("setSharing", { share: true });
    expect((await listener.take(3)).map(({ nowPlaying }) => nowPlaying?.trackId ?? null)).toEqual([song, null, other]);
    listener.stop();
  });

  test("comes back by itself when the time of a private session is over", async () => {
    const [friend] = await people.some(1);
    const listener = await Listener.to(node.broker, friend.id);
    await friend.plays(1, { trackId: song });
    const privateUntil = Date.now() + 1_500;
    expect(await friend.call("setSharing", { share: true, privateUntil })).toMatchObject({ privateUntil });
    const [, hidden, back] = await listener.take(3);
    expect([hidden?.nowPlaying, back?.nowPlaying?.trackId]).toEqual([null, song]);
    expect(back?.at).toBeGreaterThanOrEqual(privateUntil);
    expect(await friend.call("sharing")).toMatchObject({ privateUntil: null });
    await expect(friend.call("setSharing", { share: true, privateUntil: Date.now() + 2 * limits.privateMs })).rejects.toMatchObject({ code: 422 });
    listener.stop();
  });

  test("is nothing that was switched off while the actor was not there to hear it", async () => {
    const [friend] = await people.some(1);
    await friend.plays(1, { trackId: song });
    await resourcesOf(node.broker).ports.database.query("insert into social (user_id, share) values ($1, false)", [friend.id]);
    await until(async () => (await node.call<{ passivated: boolean }>("actors.passivate", { type: "presence", key: friend.id }, admin)).passivated);
    expect(await friend.seen()).toMatchObject({ nowPlaying: null });
  });

  test("of a popular account is read: the last message says so", async () => {
    const [star, ...fans] = await people.some(5);
    const listener = await Listener.to(node.broker, star.id);
    await star.plays(1, { trackId: song });
    for (const fan of fans) await fan.call("follow", { userId: star.id });
    const last = (await listener.take(2)).at(-1);
    expect(last).toMatchObject({ popular: true, nowPlaying: { trackId: song } });
    await star.plays(2, { trackId: other });
    expect(await fans[0]?.friends()).toMatchObject([{ userId: star.id, popular: true, nowPlaying: { trackId: other } }]);
    const turns = () => shellOf(node.broker).counters.turns.get("presence") ?? 0;
    const before = turns();
    for (let look = 0; look < 50; look++) for (const fan of fans) expect((await fan.friends())[0]?.nowPlaying).not.toBeNull();
    // One a second, however many look.
    expect(turns() - before).toBeLessThan(20);
    for (const fan of fans.slice(1)) await fan.call("unfollow", { userId: star.id });
    await until(async () => !(await star.seen()).popular);
    await star.plays(3, null);
    expect(await listener.next()).toMatchObject({ nowPlaying: null });
    expect(listener.heard).toHaveLength(3);
    listener.stop();
  });
});

describe("who may", () => {
  test("nobody without an account, and nobody for another account", async () => {
    const [me, one] = await people.some(2);
    for (const name of ["follow", "unfollow", "following", "followers", "friends", "sharing", "setSharing"]) {
      await expect(node.call(`presence.${name}`, { userId: one.id, share: true })).rejects.toMatchObject({ code: 401 });
    }
    for (const name of ["following", "followers", "friends", "sharing"]) await expect(me.call(name, { userId: one.id })).rejects.toMatchObject({ code: 422 });
    await expect(me.call("setSharing", { userId: one.id, share: false })).rejects.toMatchObject({ code: 422 });
    await expect(me.call("status", { userId: one.id })).rejects.toMatchObject({ code: 403 });
  });

  test("an administrator sees what presence knows, and no more than friends of what plays", async () => {
    const [friend] = await people.some(1);
    await friend.plays(1, { trackId: song });
    await friend.call("setSharing", { share: false });
    const operator: Identity = { ...admin, id: randomUUID().replaceAll("-", "") };
    expect(await node.call("presence.status", { userId: friend.id }, operator)).toMatchObject({ share: false, private: false, privateUntil: null, followers: 0, stamp: [1, 1], nowPlaying: null });
  });
});
