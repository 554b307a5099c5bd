/** Groups as clients see them, on one node with the real stores. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { resourcesOf } from "../../resources.ts";
import { until } from "../../test/kit/index.ts";
import catalog from "../catalog/catalog.service.ts";
import rights from "../rights/rights.service.ts";
import { shellOf } from "../runtime/index.ts";
import search from "../search/search.service.ts";
import session from "../session/session.service.ts";
import streaming from "../streaming/streaming.service.ts";
import { admin, startTestNode, type TestNode } from "../testing/node.ts";
import { ingestedTrack } from "../testing/tracks.ts";
import group from "./group.service.ts";
import { limits } from "./model/index.ts";
import type { GroupChanged } from "./telling.ts";
import { existingTracks, person, someone, type View } from "./testing/people.ts";

let node: TestNode;
let tracks: string[];
beforeAll(async () => {
  node = await startTestNode([catalog, search, rights, streaming, session, group]);
  tracks = await existingTracks(node.broker, 20);
}, 30_000);
afterAll(() => node.stop(), 30_000);

const as = (name?: string, more?: object) => person(node.broker, someone(name, more));
const started = async (params: object = {}) => {
  const host = as("host");
  return { host, view: await host.start({ trackIds: tracks.slice(0, 5), ...params }) };
};
async function heard(groupId: string): Promise<{ messages: GroupChanged[]; stop: () => void }> {
  const messages: GroupChanged[] = [];
  const stop = await resourcesOf(node.broker).ports.topics.subscribe(`group:${groupId}`, (message) => messages.push(message as GroupChanged));
  return { messages, stop };
}
/** As when its node was killed and the mirror emptied. */
async function lose(groupId: string): Promise<void> {
  const { mirror } = resourcesOf(node.broker).ports;
  // It goes once nothing waits for it and the mirror is known to have it.
  await until(() => shellOf(node.broker).node?.host.passivate(`group/${groupId}`) === true);
  await mirror.clear();
}

describe("a group", () => {
  test("is started with a queue, joined by code and by link, controlled, handed over and ended", async () => {
    const { host, view } = await started({ index: 1, positionMs: 5_000, isPlaying: true });
    const { groupId, code, link } = view;
    expect(view).toMatchObject({ life: "lives", hostId: host.user.id, control: "everyone", members: [{ userId: host.user.id, username: "host" }], listenerCount: 0, index: 1, playback: { trackId: tracks[1], durationMs: 60_000, positionMs: 5_000, isPlaying: true }, next: { trackId: tracks[2] } });
    expect(groupId).toMatch(/^[0-9a-f]{32}$/);
    expect(code).toMatch(/^[A-HJ-NP-Z2-9]{8}$/);
    const [friend, guest] = [as("friend"), as("guest")];
    const found = await friend.call<{ groupId: string }>("find", { code: `${code.slice(0, 4).toLowerCase()}-${code.slice(4)}` });
    expect(found).toEqual({ groupId, hostId: host.user.id, hostName: "host", memberCount: 1, listenerCount: 0 });
    expect(await friend.join(groupId, { code })).toMatchObject({ members: [{ username: "host" }, { username: "friend" }], playback: view.playback });
    expect(await guest.join(groupId, { token: link, listenOnly: true })).toMatchObject({ listenerCount: 1, link });
    expect(await friend.do(groupId, "next", { itemId: view.playback?.itemId })).toMatchObject({ index: 2, playback: { trackId: tracks[2] } });
    expect(await friend.do(groupId, "queue", { opId: "more", trackIds: [tracks[9]], after: null })).toMatchObject({ index: 3 });
    expect((await host.get(groupId)).queue[0]).toEqual({ itemId: "more-0", trackId: tracks[9], durationMs: 60_000, addedBy: friend.user.id });
    await expect(guest.do(groupId, "pause")).rejects.toMatchObject({ code: 403, type: "NOT_ALLOWED" });
    await host.do(groupId, "handOver", { userId: friend.user.id });
    await expect(host.do(groupId, "end")).rejects.toMatchObject({ code: 403 });
    await friend.do(groupId, "end");
    await expect(host.get(groupId)).rejects.toMatchObject({ code: 410, type: "GROUP_ENDED" });
    await expect(as().join(groupId, { code })).rejects.toMatchObject({ code: 404, type: "GROUP_NOT_FOUND" });
    await expect(as().call("find", { code })).rejects.toMatchObject({ code: 404, type: "GROUP_NOT_FOUND" });
  });

  test("that is started twice by one operation is one; another account's is another", async () => {
    const host = as();
    const opId = randomUUID();
    const [one, two] = await Promise.all([host.start({ opId }), host.start({ opId })]);
    expect([two.groupId, two.code, two.link]).toEqual([one.groupId, one.code, one.link]);
    expect((await as().start({ opId })).groupId).not.toBe(one.groupId);
    await host.do(one.groupId, "end");
    await expect(host.start({ opId })).rejects.toMatchObject({ code: 410, type: "GROUP_ENDED" });
  });

  test("answers a repeated command as the first, and refuses what is none", async () => {
    const { host, view } = await started();
    const first = await host.do(view.groupId, "next", { opId: "n1" });
    expect(await host.do(view.groupId, "next", { opId: "n1" })).toEqual(first);
    for (const params of [{ type: "burn" }, { type: "seek" }, { type: "jump" }, { type: "queue" }, { type: "queue", trackIds: [] }, { type: "seek", positionMs: -1 }, { type: "play", volume: 3 }, { type: "move", itemId: "no spaces" }]) {
      await expect(host.call("command", { groupId: view.groupId, ...params })).rejects.toMatchObject({ code: 422 });
    }
    await expect(host.do(view.groupId, "queue", { trackIds: ["none"] })).rejects.toMatchObject({ code: 404, type: "TRACK_NOT_FOUND", data: { trackIds: ["none"] } });
    await expect(host.start({ trackIds: ["none"] })).rejects.toMatchObject({ code: 404, type: "TRACK_NOT_FOUND" });
    await expect(host.do("00".repeat(16), "play")).rejects.toMatchObject({ code: 404, type: "NOT_A_MEMBER" });
    await expect(as().get(view.groupId)).rejects.toMatchObject({ code: 404, type: "NOT_A_MEMBER" });
  });

  test("is hosted ten times at most by one account", async () => {
    const host = as();
    for (let n = 0; n < 10; n++) await host.start();
    await expect(host.start()).rejects.toMatchObject({ code: 409, type: "TOO_MANY_GROUPS" });
  });

  test("goes on to the next track by itself, and tells so", async () => {
    const short = await existingTracks(node.broker, 2, 300);
    const host = as();
    const { groupId } = await host.start({ trackIds: short });
    const { messages, stop } = await heard(groupId);
    await host.do(groupId, "play");
    await until(() => messages.some(({ index }) => index === 2));
    stop();
    const [begun, second, over] = messages;
    expect(begun).toMatchObject({ index: 0, playback: { trackId: short[0] } });
    expect(second).toMatchObject({ index: 1, playback: { trackId: short[1], positionMs: 0, at: (begun?.playback?.at ?? 0) + 300 } });
    expect(over).toMatchObject({ playback: null, next: null });
  });
});

describe("what listeners are told", () => {
  test("is the view with rising stamps; the queue when it changed; and that access did when somebody was sent away", async () => {
    const { host, view } = await started();
    const { groupId, code } = view;
    const { messages, stop } = await heard(groupId);
    const friend = as("friend");
    await friend.join(groupId, { code });
    await host.do(groupId, "play");
    await host.do(groupId, "queue", { trackIds: [tracks[7]] });
    await host.do(groupId, "kick", { userId: friend.user.id });
    await until(() => messages.length === 4);
    stop();
    expect(messages.map(({ queue, access, members }) => [queue?.length, access, members.length])).toEqual([[undefined, undefined, 2], [undefined, undefined, 2], [6, undefined, 2], [undefined, "changed", 1]]);
    const stamps = messages.map(({ n }) => n);
    expect(stamps).toEqual([...stamps].toSorted((a, b) => a - b));
    expect(messages[1]?.playback?.at).toBeGreaterThan(Date.now() - 10_000);
    expect(await node.call("group.may", { groupId }, friend.user)).toEqual({ read: false });
    expect(await node.call("group.may", { groupId, listening: true }, host.user)).toEqual({ read: true });
    await expect(friend.join(groupId, { code })).rejects.toMatchObject({ code: 403, type: "KICKED" });
    const { epoch, n } = await host.get(groupId);
    expect([epoch, n]).toEqual([messages[3]?.epoch, messages[3]?.n]);
  });
});

describe("a session", () => {
  test("knows the group that its account listens with, until it does no more", async () => {
    const inGroup = async (who: ReturnType<typeof as>) => (await node.call<{ groupId: string | null }>("session.get", {}, who.user)).groupId;
    const [{ host, view }, { view: other }] = [await started(), await started()];
    const friend = as("friend");
    await friend.join(view.groupId, { code: view.code });
    await until(async () => (await inGroup(host)) === view.groupId && (await inGroup(friend)) === view.groupId);
    await friend.join(other.groupId, { code: other.code, listenOnly: true });
    await until(async () => (await inGroup(friend)) === other.groupId);
    // What he left before he was elsewhere is not what he listens with.
    await host.do(view.groupId, "kick", { userId: friend.user.id });
    await host.do(view.groupId, "end");
    await until(async () => (await inGroup(host)) === null);
    expect(await inGroup(friend)).toBe(other.groupId);
    await friend.leave(other.groupId);
    await until(async () => (await inGroup(friend)) === null);
  });
});

describe("codes and links", () => {
  test("that are wrong open nothing, and an account has 20 tries in an hour", async () => {
    const { view } = await started();
    const guesser = as();
    const wrong = view.code.startsWith("A") ? `B${view.code.slice(1)}` : `A${view.code.slice(1)}`;
    const link = view.link ?? "";
    const forged = `${link.slice(0, -2)}${link.endsWith("AA") ? "BB" : "AA"}`;
    await expect(guesser.join(view.groupId, { token: forged })).rejects.toMatchObject({ code: 404, type: "GROUP_NOT_FOUND" });
    await expect(guesser.join(view.groupId, {})).rejects.toMatchObject({ code: 422 });
    await expect(guesser.join(view.groupId, { code: "short" })).rejects.toMatchObject({ code: 422 });
    const tries = await Promise.allSettled(Array.from({ length: 25 }, (_, n) => (n % 2 === 0 ? guesser.call("find", { code: wrong }) : guesser.join(view.groupId, { code: wrong }))));
    const types = tries.map((one) => (one.status === "rejected" ? (one.reason as { type: string }).type : "in"));
    expect([types.filter((type) => type === "GROUP_NOT_FOUND").length, types.filter((type) => type === "RATE_LIMITED").length]).toEqual([19, 6]);
    await expect(guesser.join(view.groupId, { code: view.code })).rejects.toMatchObject({ code: 429 });
    // Right ones cost nothing.
    const friend = as();
    for (let n = 0; n < 25; n++) await friend.call("find", { code: view.code });
  });

  test("another group's link opens nothing, and no secret is in the table", async () => {
    const [{ view: one }, { view: other }] = [await started(), await started()];
    await expect(as().join(one.groupId, { token: other.link })).rejects.toMatchObject({ code: 404 });
    const rows = JSON.stringify(await resourcesOf(node.broker).ports.database.query("select * from listening_group where id = $1", [one.groupId]));
    expect(rows).toContain(one.code);
    expect(rows).not.toContain((one.link ?? "").split(".")[1]);
  });

  test("is not given twice while its group lives", async () => {
    const { database } = resourcesOf(node.broker).ports;
    const { view } = await started();
    await expect(database.query("insert into listening_group (id, code, token_hash, host_id, created_at) values ('x', $1, '', '', now())", [view.code])).rejects.toThrow();
    await database.query("update listening_group set ended_at = now() where id = $1", [view.groupId]);
    await database.query("insert into listening_group (id, code, token_hash, host_id, created_at) values ('x', $1, '', '', now())", [view.code]);
  });
});

describe("rights", () => {
  test("are each member's own: who may not have a track hears nothing, and the group goes on", async () => {
    const { trackId } = await node.call<{ trackId: string }>("catalog.add", { track: ingestedTrack("only in Sweden", { durationMs: 60_000 }) });
    await node.call("rights.set", { id: trackId, allowCountries: ["SE"] }, admin);
    const [host, abroad] = [as("host"), as("abroad", { country: "US" })];
    const { groupId, code } = await host.start({ trackIds: [trackId, tracks[0]], isPlaying: true });
    await abroad.join(groupId, { code });
    const play = (who: typeof host) => node.call("streaming.play", { trackId, quality: "auto", deviceId: "d1" }, who.user);
    expect(await play(host)).toMatchObject({ trackId });
    await expect(play(abroad)).rejects.toMatchObject({ code: 403 });
    expect(await abroad.get(groupId)).toMatchObject({ playback: { trackId, isPlaying: true } });
    expect(await abroad.do(groupId, "next")).toMatchObject({ playback: { trackId: tracks[0] } });
  });
});

describe("many", () => {
  test("32 members and 1,000 listeners are in, one more is not, and what they are told stays small", async () => {
    const { host, view } = await started();
    const { groupId, code } = view;
    const { messages, stop } = await heard(groupId);
    await Promise.all(Array.from({ length: limits.members - 1 }, () => as("member").join(groupId, { code })));
    await expect(as().join(groupId, { code })).rejects.toMatchObject({ code: 409, type: "GROUP_FULL", data: { limit: 32 } });
    const listeners = Array.from({ length: limits.listeners }, () => as("listener"));
    const before = messages.length;
    for (let from = 0; from < listeners.length; from += 100) await Promise.all(listeners.slice(from, from + 100).map((listener) => listener.join(groupId, { code, listenOnly: true })));
    await expect(as().join(groupId, { code, listenOnly: true })).rejects.toMatchObject({ code: 409, type: "GROUP_FULL", data: { limit: 1_000 } });
    await until(() => messages.at(-1)?.listenerCount === 1_000);
    // One a second, not one each.
    expect(messages.length - before).toBeLessThan(100);
    await Promise.all(listeners.slice(0, 50).map((listener) => listener.leave(groupId)));
    await until(() => messages.at(-1)?.listenerCount === 950);
    expect(messages.filter(({ access }) => access === "changed")).toHaveLength(1);
    await host.do(groupId, "play");
    expect(messages.every((message) => JSON.stringify(message).length < 5_000)).toBe(true);
    stop();
    await until(async () => ((await resourcesOf(node.broker).ports.mirror.load(`group/${groupId}`))?.body.length ?? 0) > 30_000);
  }, 60_000);
});

describe("a group whose state was lost", () => {
  test("is there, knows who may come, and is given back by its host", async () => {
    const { host, view } = await started({ isPlaying: true });
    const { groupId, code, link } = view;
    const [friend, bad] = [as("friend"), as("bad")];
    for (const one of [friend, bad]) await one.join(groupId, { code });
    await host.do(groupId, "kick", { userId: bad.user.id });
    const playback = view.playback as NonNullable<View["playback"]>;
    await lose(groupId);
    expect(await friend.here(groupId)).toMatchObject({ isNew: true, isMember: false });
    await expect(bad.join(groupId, { code })).rejects.toMatchObject({ type: "KICKED" });
    expect(await friend.join(groupId, { code })).toMatchObject({ isNew: true, playback: null, hostId: host.user.id, link });
    const queue = view.queue.map(({ itemId, trackId, addedBy }) => ({ itemId, trackId, addedBy }));
    const kept = { groupId, queue, index: 0, positionMs: playback.positionMs, at: playback.at, isPlaying: true };
    await expect(friend.call("restore", kept)).rejects.toMatchObject({ code: 403, type: "NOT_ALLOWED" });
    await host.join(groupId, { token: link });
    await host.call("restore", kept);
    await expect(host.call("restore", kept)).rejects.toMatchObject({ code: 409, type: "NOT_LOST" });
    const restored = await friend.get(groupId);
    expect(restored).toMatchObject({ isNew: false, queue: view.queue, playback });
    expect(restored.queueVersion).toBeGreaterThan(view.queueVersion);
    expect(restored.n).toBeGreaterThan(view.n);
  });

  test("is not there when it had ended, or when its time was over", async () => {
    const { host, view } = await started();
    await host.do(view.groupId, "end");
    await lose(view.groupId);
    await expect(host.here(view.groupId)).rejects.toMatchObject({ code: 404, type: "NOT_A_MEMBER" });
    const { host: other, view: old } = await started();
    await resourcesOf(node.broker).ports.database.query("update listening_group set created_at = now() - interval '13 hours' where id = $1", [old.groupId]);
    await lose(old.groupId);
    await expect(other.here(old.groupId)).rejects.toMatchObject({ code: 404 });
    await expect(as().call("find", { code: old.code })).rejects.toMatchObject({ code: 404 });
  });

  test("comes back whole from the mirror", async () => {
    const { host, view } = await started({ isPlaying: true });
    await until(async () => (await resourcesOf(node.broker).ports.mirror.load(`group/${view.groupId}`)) !== undefined);
    await until(() => shellOf(node.broker).node?.host.passivate(`group/${view.groupId}`) === true);
    expect(await host.get(view.groupId)).toMatchObject({ isNew: false, queue: view.queue, playback: view.playback, members: view.members });
  });
});
