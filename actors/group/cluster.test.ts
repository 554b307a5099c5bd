/** Groups on two nodes over the run's NATS, called from a third that hosts none: they outlive their node, and what it lost. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { resourcesOf } from "../../resources.ts";
import { until } from "../../test/kit/index.ts";
import catalog from "../catalog/catalog.service.ts";
import { shellOf } from "../runtime/index.ts";
import { testCluster, type TestCluster, type TestMember } from "../runtime/testing/cluster.ts";
import search from "../search/search.service.ts";
import group from "./group.service.ts";
import type { GroupChanged } from "./telling.ts";
import { existingTracks, person, someone, type View } from "./testing/people.ts";

let cluster: TestCluster;
let nodes: TestMember[];
let caller: TestMember;
let tracks: string[];

beforeAll(async () => {
  cluster = await testCluster();
  nodes = [await cluster.join("a", [catalog, search, group]), await cluster.join("b", [catalog, search, group]), await cluster.join("c", [catalog, search, group])];
  caller = await cluster.join("caller");
  await caller.broker.waitForServices(["group", "catalog"], 10_000);
  tracks = await existingTracks(caller.broker, 5);
  await until(() => nodes.every(({ broker }) => (shellOf(broker).node?.membership.owned().length ?? 0) > 50), 20_000);
}, 60_000);
afterAll(() => cluster?.stop(), 60_000);

const owners = (groupId: string) => nodes.filter(({ broker }) => shellOf(broker).node?.host.activations.has(`group/${groupId}`));
/** As if the power went where the group lives. */
function kill(groupId: string): void {
  const [owner] = owners(groupId);
  if (owner === undefined) throw new Error("nobody has the group");
  shellOf(owner.broker).node?.crash();
  nodes = nodes.filter((node) => node !== owner);
}
const mirrored = (groupId: string) => resourcesOf(caller.broker).ports.mirror.load(`group/${groupId}`);

async function playing() {
  const [host, friend, listener] = [person(caller.broker, someone("host")), person(caller.broker, someone("friend")), person(caller.broker, someone("listener"))];
  const { groupId, code } = await host.start({ trackIds: tracks, isPlaying: true });
  const heard: GroupChanged[] = [];
  await resourcesOf(caller.broker).ports.topics.subscribe(`group:${groupId}`, (message) => heard.push(message as GroupChanged));
  await caller.broker.call("group.may", { groupId, listening: true }, { meta: { user: host.user } });
  await friend.join(groupId, { code });
  await listener.join(groupId, { code, listenOnly: true });
  await host.do(groupId, "queue", { trackIds: [tracks[0]] });
  await until(() => heard.some(({ members, queueVersion }) => members.length === 2 && queueVersion > 0));
  return { host, friend, listener, groupId, code, heard, view: await host.get(groupId) };
}

describe("a group of a cluster", () => {
  test("lives on one node, whoever calls", async () => {
    const { host, friend, groupId } = await playing();
    await Promise.all(Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? host : friend).do(groupId, "queue", { trackIds: [tracks[n % 5]] })));
    expect((await friend.get(groupId)).queue).toHaveLength(26);
    expect(owners(groupId)).toHaveLength(1);
  });

  test("goes on where it was when its node is killed, and its members are still in it", async () => {
    const { host, friend, listener, groupId, heard, view } = await playing();
    await until(async () => (await mirrored(groupId))?.n === view.n);
    kill(groupId);
    const after = await friend.get(groupId);
    expect(after).toMatchObject({ isNew: false, playback: view.playback, queue: view.queue, members: view.members, listenerCount: 1 });
    expect(after.epoch).toBeGreaterThan(view.epoch);
    expect(after.n).toBeGreaterThanOrEqual(view.n);
    for (const one of [host, friend, listener]) expect(await one.here(groupId)).toMatchObject({ isNew: false, isMember: true });
    await friend.do(groupId, "pause");
    await until(() => heard.some(({ playback, epoch }) => playback?.isPlaying === false && epoch > view.epoch));
  }, 30_000);

  test("is given back by its host when its node is killed and the mirror is empty, and a listener comes again by the code", async () => {
    const { host, friend, listener, groupId, code, view } = await playing();
    kill(groupId);
    await resourcesOf(caller.broker).ports.mirror.clear();
    expect(await listener.here(groupId)).toMatchObject({ isNew: true, isMember: false });
    for (const one of [host, friend]) await one.join(groupId, { code });
    const { positionMs, at } = view.playback as NonNullable<View["playback"]>;
    await host.call("restore", { groupId, queue: view.queue.map(({ itemId, trackId, addedBy }) => ({ itemId, trackId, addedBy })), index: view.index, positionMs, at, isPlaying: true });
    expect(await friend.get(groupId)).toMatchObject({ isNew: false, playback: view.playback, queue: view.queue, hostId: host.user.id });
    expect(await listener.join(groupId, { code, listenOnly: true })).toMatchObject({ listenerCount: 1 });
  }, 30_000);
});
