/** Sessions on two nodes over the run's NATS, with the mirror in its Redis, called from a third that hosts none. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { resourcesOf } from "../../resources.ts";
import { until } from "../../test/kit/index.ts";
import type { Identity } from "../action.ts";
import catalog from "../catalog/catalog.service.ts";
import presence from "../presence/presence.service.ts";
import { shellOf } from "../runtime/index.ts";
import { testCluster, type TestCluster, type TestMember } from "../runtime/testing/cluster.ts";
import search from "../search/search.service.ts";
import { listener } from "../testing/node.ts";
import { ingestedTrack } from "../testing/tracks.ts";
import type { SessionChanged } from "./changed.ts";
import service from "./session.service.ts";
import { loggedOf } from "./testing/log.ts";

type View = Omit<SessionChanged, "event" | "userId"> & { readonly serverNow: number };
interface Seen {
  readonly nowPlaying: { readonly trackId: string; readonly positionMs: number; readonly at: number } | null;
}

let cluster: TestCluster;
let a: TestMember;
let b: TestMember;
let caller: TestMember;
const tracks = Array.from({ length: 5 }, (_, n) => ingestedTrack(`cluster ${n}`, {}, ["96"], 300));
const ids = tracks.map(({ id }) => id);

beforeAll(async () => {
  cluster = await testCluster();
  a = await cluster.join("a", [catalog, search, presence, service]);
  b = await cluster.join("b", [catalog, search, presence, service]);
  caller = await cluster.join("caller");
  await caller.broker.waitForServices(["session", "presence", "catalog", "search"], 10_000);
  for (const track of tracks) await caller.broker.call("catalog.add", { track });
  await until(() => [a, b].every(({ broker }) => (shellOf(broker).node?.membership.owned().length ?? 0) > 190), 20_000);
}, 60_000);
afterAll(() => cluster?.stop(), 60_000);

class Somebody {
  readonly user: Identity = { ...listener, id: randomUUID().replaceAll("-", ""), plan: "premium" };

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows what the action that it names answers
  call<T = View>(action: string, params: object = {}): Promise<T> {
    return caller.broker.call<T, object>(`session.${action}`, params, { meta: { user: this.user }, timeout: 20_000 });
  }

  async plays(): Promise<void> {
    for (const deviceId of ["desktop", "phone"]) await this.call("register", { deviceId, name: deviceId, type: "other" });
    await this.call("command", { type: "play", deviceId: "desktop", trackIds: ids, index: 1, positionMs: 40_000, playbackId: `play-${this.user.id}`, opId: randomUUID() });
    await this.call("command", { type: "playNext", deviceId: "phone", trackIds: [ids[4]], opId: randomUUID() });
  }

  get name(): string {
    return `session/${this.user.id}`;
  }

  seen(): Promise<Seen> {
    return caller.broker.call<Seen, object>("presence.see", { userId: this.user.id }, { timeout: 20_000 });
  }
}

/** Somebody whose session lives on `member`. */
async function somebodyOn(member: TestMember): Promise<Somebody> {
  for (;;) {
    const somebody = new Somebody();
    await somebody.call("get");
    if (shellOf(member.broker).node?.host.activations.has(somebody.name) === true) return somebody;
  }
}

const mirrored = async (somebody: Somebody) => (await resourcesOf(b.broker).ports.mirror.load(somebody.name))?.n ?? 0;
/** All but what the new owner may say differently: when it was told, and who was seen when. */
const lasting = ({ epoch: _epoch, n: _n, devices, ...view }: View) => ({ ...view, devices: devices.map(({ lastSeenAt: _at, ...device }) => device) });

describe("sessions in a cluster", () => {
  test("are one each, wherever they are called from, and friends see what plays", async () => {
    const somebody = await somebodyOn(a);
    await somebody.plays();
    expect([a, b].filter(({ broker }) => shellOf(broker).node?.host.activations.has(somebody.name) === true)).toEqual([a]);
    await until(async () => (await somebody.seen()).nowPlaying?.trackId === ids[1]);
    await somebody.call("command", { type: "private", deviceId: "phone", private: true });
    await until(async () => (await somebody.seen()).nowPlaying === null);
  });

  test("live on from the mirror when their node is killed; without it they are rebuilt from their devices; no listening event is lost", async () => {
    const [kept, flushed] = [await somebodyOn(a), await somebodyOn(a)];
    for (const somebody of [kept, flushed]) await somebody.plays();
    const before = await kept.call("get");
    const lost = await flushed.call("get");
    const at = Date.now();
    for (let n = 0; n < 5; n++) await kept.call("event", { playbackId: before.playback?.playbackId, type: "progress", positionMs: 40_000 + n, at, eventId: `e${n}` });
    await until(async () => (await mirrored(kept)) >= before.n && (await mirrored(flushed)) >= lost.n);
    shellOf(a.broker).node?.crash();
    await resourcesOf(b.broker).ports.mirror.save([{ actor: flushed.name, epoch: lost.epoch + 1, n: lost.n + 1, body: null }]);

    const after = await kept.call("get");
    expect(lasting(after)).toEqual(lasting(before));
    expect([after.epoch > before.epoch, after.n >= before.n]).toEqual([true, true]);
    for (let n = 0; n < 5; n++) await kept.call("event", { playbackId: before.playback?.playbackId, type: "progress", positionMs: 40_000 + n, at, eventId: `e${n}` });
    const reported = await kept.call("report", { deviceId: "desktop", isPlaying: true, itemId: before.playback?.itemId, positionMs: 40_000 + Date.now() - (before.playback?.at ?? 0), seen: { epoch: after.epoch, n: after.n } });
    expect(reported).toMatchObject({ isNew: false, activeDeviceId: "desktop", epoch: after.epoch });
    await until(async () => (await kept.seen()).nowPlaying?.trackId === ids[1]);
    expect((await loggedOf(resourcesOf(b.broker).ports.events, kept.user.id, 5)).map(({ id }) => id).toSorted()).toEqual(["e0", "e1", "e2", "e3", "e4"]);

    expect(await flushed.call("get")).toMatchObject({ isNew: true, playback: null, queue: [] });
    const positionMs = 40_000 + Date.now() - (lost.playback?.at ?? 0);
    const heard = await flushed.call("report", { deviceId: "desktop", isPlaying: true, trackId: ids[1], itemId: lost.playback?.itemId, playbackId: lost.playback?.playbackId, positionMs, seen: { epoch: lost.epoch, n: lost.n } });
    expect(heard).toMatchObject({ isNew: true, activeDeviceId: "desktop" });
    await until(async () => (await flushed.seen()).nowPlaying?.trackId === ids[1]);
    await flushed.call("restore", { deviceId: "desktop", view: lost });
    const rebuilt = await flushed.call("get");
    expect(lasting({ ...rebuilt, control: lost.control, queueVersion: lost.queueVersion })).toMatchObject({
      ...lasting(lost),
      playback: { ...lost.playback, at: rebuilt.playback?.at, positionMs: rebuilt.playback?.positionMs },
      devices: [{ deviceId: "desktop", isOnline: true }, { deviceId: "phone", isOnline: false }],
    });
    const now = Date.now();
    expect(Math.abs((rebuilt.playback?.positionMs ?? 0) + now - (rebuilt.playback?.at ?? 0) - (40_000 + now - (lost.playback?.at ?? 0)))).toBeLessThan(1_500);
  }, 60_000);

  test("move with a node that stops, at once", async () => {
    const c = await cluster.join("c", [presence, service]);
    await until(() => (shellOf(c.broker).node?.membership.owned().length ?? 0) > 100, 20_000);
    const somebody = await somebodyOn(c);
    await somebody.plays();
    const before = await somebody.call("get");
    await c.stop();
    const after = await somebody.call("get");
    expect(lasting(after)).toEqual(lasting(before));
    expect(await somebody.call("command", { type: "pause", deviceId: "phone" })).toMatchObject({ activeDeviceId: "desktop" });
  }, 60_000);
});
