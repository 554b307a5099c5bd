/** Sessions on a real node: through the broker, with the catalogue, the event log and the topics. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { resourcesOf } from "../../resources.ts";
import { freshDatabase, until } from "../../test/kit/index.ts";
import type { Identity } from "../action.ts";
import catalog from "../catalog/catalog.service.ts";
import rights from "../rights/rights.service.ts";
import { shellOf } from "../runtime/index.ts";
import search from "../search/search.service.ts";
import { streamingService } from "../streaming/streaming.service.ts";
import { startTestNode, type TestNode } from "../testing/node.ts";
import { schemaErrors } from "../testing/schema.ts";
import { ingestedTrack } from "../testing/tracks.ts";
import type { SessionChanged } from "./changed.ts";
import service from "./session.service.ts";
import { loggedOf } from "./testing/log.ts";

type View = Omit<SessionChanged, "event" | "userId">;

const tracks = Array.from({ length: 4 }, (_, n) => ingestedTrack(`session ${n}`, {}, ["96", "160"], 60 + n));
const ids = tracks.map(({ id }) => id);
let node: TestNode;
let user: Identity;

beforeAll(async () => {
  node = await startTestNode([catalog, search, rights, streamingService(), service], { DATABASE_URL: await freshDatabase() });
  for (const track of tracks) await node.call("catalog.add", { track });
}, 60_000);
afterAll(() => node.stop());

beforeEach(() => {
  user = { id: randomUUID().replaceAll("-", ""), username: "somebody", plan: "premium", role: "listener", country: "SE" };
});

async function ask<T = View>(action: string, params: object = {}): Promise<T> {
  const answer = await node.call<T>(`session.${action}`, params, user);
  expect(schemaErrors(node.broker, `session.${action}`, answer)).toEqual([]);
  return answer;
}

const register = (deviceId: string) => ask<View & { serverNow: number }>("register", { deviceId, name: deviceId, type: "web" });
const command = (deviceId: string, type: string, params: object = {}) => ask<{ epoch: number; n: number; activeDeviceId: string | null }>("command", { deviceId, type, opId: randomUUID(), ...params });
const play = (deviceId: string) => node.call<{ playbackId: string }>("streaming.play", { trackId: ids[0], deviceId }, user);

describe("session service -", () => {
  test("a listener's session begins empty, and knows the devices that register", async () => {
    expect(await ask("get")).toMatchObject({ isNew: true, devices: [], playback: null, queue: [], history: [] });
    await register("phone");
    expect(await ask("devices")).toMatchObject({ activeDeviceId: null, devices: [{ deviceId: "phone", isOnline: true }] });
    await ask("forget", { deviceId: "phone" });
    expect((await ask("devices")).devices).toEqual([]);
  });

  test("is the caller's own, whatever he says, and nobody's who is not logged in", async () => {
    await expect(node.call("session.get", { userId: "other" }, user)).rejects.toMatchObject({ code: 422 });
    await expect(node.call("session.get")).rejects.toMatchObject({ code: 401 });
    const first = user;
    await register("phone");
    user = { ...user, id: randomUUID() };
    expect((await ask("devices")).devices).toEqual([]);
    user = first;
  });

  test("commands come to every device by the topic, with queue and history only when they changed", async () => {
    const messages: SessionChanged[] = [];
    await ask("get", { listening: true });
    const stop = await resourcesOf(node.broker).ports.topics.subscribe(`session:${user.id}`, (message) => void messages.push(message as SessionChanged));
    await register("phone");
    await register("desktop");
    await command("desktop", "play", { trackIds: ids, index: 1, context: { type: "album", id: "a" } });
    const { n } = await command("phone", "pause");
    await ask("report", { deviceId: "phone" });
    await until(() => messages.some((message) => message.n === n), 5_000);
    expect(messages.map(({ event, userId }) => [event, userId])).toEqual(Array.from({ length: 4 }, () => ["session.changed", user.id]));
    const [, , played, paused] = messages;
    expect(played).toMatchObject({ index: 1, activeDeviceId: "desktop", playback: { trackId: ids[1], isPlaying: true, durationMs: 61_000 } });
    expect(played?.queue?.map(({ trackId }) => trackId)).toEqual(ids);
    expect([paused?.playback?.isPlaying, "queue" in (paused ?? {}), "history" in (paused ?? {})]).toEqual([false, false, false]);
    const { queue, history, ...view } = await ask("get");
    expect([queue?.length, history]).toEqual([4, []]);
    const { event: _event, userId: _userId, ...last } = paused as SessionChanged;
    expect(view).toEqual({ ...last, devices: view.devices });
    stop();
  });

  test("a command that is sent twice is done once, and in the order in which it was sent also when its tracks must be asked for", async () => {
    await register("phone");
    const opId = randomUUID();
    const [first, , second] = await Promise.all([command("phone", "play", { trackIds: ids, opId }), command("phone", "pause"), command("phone", "play", { trackIds: ids, opId })]);
    expect(second).toEqual(first);
    expect((await ask("get")).playback?.isPlaying).toBe(false);
    await node.broker.emit("catalog.changed", { trackIds: [ids[0]] });
    const [again] = await Promise.all([command("phone", "play", { trackIds: [ids[0]] }), command("phone", "pause"), command("phone", "seek", { positionMs: 9_000 })]);
    const view = await ask("get");
    expect([view.playback?.isPlaying, view.playback?.positionMs, view.n > again.n]).toEqual([false, 9_000, true]);
  });

  test("what clients say is in the log when they are answered, once", async () => {
    await register("phone");
    const { playbackId } = await play("phone");
    const at = Date.now();
    const events = [{ type: "start", positionMs: 0, at }, { type: "pause", positionMs: 2_000.4, at: new Date(at + 1).toISOString(), eventId: "mine" }];
    for (let twice = 0; twice < 2; twice++) for (const event of events) await ask("event", { playbackId, ...event });
    await ask("mark", { type: "save", trackId: ids[2], at });
    const rows = await loggedOf(resourcesOf(node.broker).ports.events, user.id, 3);
    expect(rows).toHaveLength(3);
    for (const row of [{ id: `${playbackId}:start:0:${at}`, type: "start", trackId: ids[0], at, positionMs: 0 }, { id: "mine", type: "pause", trackId: ids[0], at: at + 1, positionMs: 2_000 }, { id: `save:${ids[2]}:${at}`, type: "save", trackId: ids[2], at }]) {
      expect(rows).toContainEqual(expect.objectContaining({ ...row, userId: user.id }));
    }
    await expect(ask("event", { playbackId: "unknown", type: "start", at })).rejects.toMatchObject({ code: 404, type: "PLAYBACK_NOT_FOUND" });
    await expect(ask("event", { playbackId: "unknown", trackId: "nothing", type: "start", at })).rejects.toMatchObject({ code: 404, type: "NOT_FOUND" });
    for (const wrong of [undefined, "yesterday", -1, at + 3_600_000, {}]) await expect(ask("event", { playbackId, type: "start", at: wrong })).rejects.toMatchObject({ code: 422 });
  });

  test("a play is granted on one device at a time, as the plan says", async () => {
    user = { ...user, plan: "free" };
    await register("desktop");
    await register("phone");
    await play("desktop");
    await command("desktop", "play", { trackIds: ids });
    await play("desktop");
    await expect(play("phone")).rejects.toMatchObject({ code: 409, type: "OTHER_DEVICE_PLAYING", data: { deviceId: "desktop" } });
    await expect(command("phone", "play", { trackIds: ids })).rejects.toMatchObject({ code: 409, type: "OTHER_DEVICE_PLAYING" });
    await command("phone", "pause");
    await play("phone");
    await command("phone", "play", { trackIds: ids });
    user = { ...user, plan: "premium" };
    await play("desktop");
    expect(await ask("get")).toMatchObject({ activeDeviceId: "desktop", playback: { isPlaying: false } });
  });

  test.each<[string, object, number, string]>([
    ["no such command", { type: "dance" }, 422, "VALIDATION_ERROR"],
    ["a seek to nowhere", { type: "seek" }, 422, "INVALID_INPUT"],
    ["a seek before the start", { type: "seek", positionMs: -1 }, 422, "VALIDATION_ERROR"],
    ["a volume beyond the loudest", { type: "volume", volume: 1.1 }, 422, "VALIDATION_ERROR"],
    ["a context of half a character", { type: "play", trackIds: [ids[0]], context: { type: "search", id: "\uD800" } }, 422, "VALIDATION_ERROR"],
    ["no tracks", { type: "play", trackIds: [] }, 422, "VALIDATION_ERROR"],
    ["a track that is not there", { type: "play", trackIds: ["nothing"] }, 404, "TRACK_NOT_FOUND"],
    ["too many tracks", { type: "play", trackIds: Array.from({ length: 2_001 }, () => "t") }, 422, "VALIDATION_ERROR"],
    ["a track by the name of a prototype", { type: "play", trackIds: ["__proto__"] }, 404, "TRACK_NOT_FOUND"],
    ["a device that is not there", { type: "pause", deviceId: "tv" }, 404, "DEVICE_NOT_FOUND"],
    ["what no command takes", { type: "pause", extra: 1 }, 422, "VALIDATION_ERROR"],
    ["durations of one's own", { type: "pause", durations: { t: 1 } }, 422, "VALIDATION_ERROR"],
    ["a transfer to nowhere", { type: "transfer", toDeviceId: "tv" }, 404, "DEVICE_NOT_FOUND"],
    ["a jump to nowhere", { type: "jump", itemId: "none" }, 404, "ITEM_NOT_FOUND"],
  ])("%s changes nothing", async (_what, params, code, type) => {
    await register("phone");
    const { n } = await ask("get");
    await expect(command("phone", "pause", params)).rejects.toMatchObject({ code, type });
    expect((await ask("get")).n).toBe(n);
  });
});

describe("session service - away", () => {
  test("a play is granted all the same, after a quarter of a second", async () => {
    const own = await startTestNode([catalog, search, rights, streamingService(), service], { DATABASE_URL: await freshDatabase() });
    const [track] = tracks;
    await own.call("catalog.add", { track });
    await own.call("session.get", {}, user);
    shellOf(own.broker).node?.crash();
    await expect(own.broker.call("session.get", {}, { meta: { user }, timeout: 300 })).rejects.toBeDefined();
    const began = performance.now();
    expect(await own.call("streaming.play", { trackId: ids[0], deviceId: "phone" }, user)).toMatchObject({ trackId: ids[0] });
    expect(performance.now() - began).toBeLessThan(2_000);
    await own.stop();
  }, 30_000);
});
