/** Presence beside the sessions that it speaks of, on two nodes of which one dies. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { resourcesOf } from "../../resources.ts";
import { until } from "../../test/kit/index.ts";
import account from "../account/account.service.ts";
import type { Identity } from "../action.ts";
import catalog from "../catalog/catalog.service.ts";
import { shellOf } from "../runtime/index.ts";
import { testCluster, type TestCluster, type TestMember } from "../runtime/testing/cluster.ts";
import search from "../search/search.service.ts";
import session from "../session/session.service.ts";
import { listener } from "../testing/node.ts";
import { ingestedTrack } from "../testing/tracks.ts";
import presence from "./presence.service.ts";

let cluster: TestCluster;
let a: TestMember;
let b: TestMember;
const song = ingestedTrack("Åska", {}, undefined, 200);

beforeAll(async () => {
  cluster = await testCluster();
  a = await cluster.join("a", [session, presence]);
  b = await cluster.join("b", [account, catalog, search, session, presence]);
  await b.broker.waitForServices(["presence", "session", "search"], 10_000);
  await b.broker.call("catalog.add", { track: song });
  await until(() => [a, b].every(({ broker }) => (shellOf(broker).node?.membership.owned().length ?? 0) > 180), 20_000);
}, 60_000);
afterAll(() => cluster?.stop(), 60_000);

const has = ({ broker }: TestMember, name: string) => shellOf(broker).node?.host.activations.has(name) === true;
const see = (userId: string) => b.broker.call<{ nowPlaying: { trackId: string } | null; epoch: number }, object>("presence.see", { userId });

/** Somebody whose session plays on node a. */
async function playing(): Promise<string> {
  for (;;) {
    const user: Identity = { ...listener, id: randomUUID() };
    const meta = { user };
    await b.broker.call("session.register", { deviceId: "d1", name: "Phone", type: "phone" }, { meta });
    if (!has(a, `session/${user.id}`)) continue;
    await b.broker.call("session.command", { type: "play", deviceId: "d1", trackIds: [song.id], opId: randomUUID() }, { meta });
    await until(async () => (await see(user.id)).nowPlaying?.trackId === song.id);
    return user.id;
  }
}

test("an account's presence lives beside its session", async () => {
  const id = await playing();
  expect([a, b].map((member) => [has(member, `session/${id}`), has(member, `presence/${id}`)])).toEqual([[true, true], [false, false]]);
});

test("when a node dies, presence wakes the session from the mirror, and believes one that lost what it played", async () => {
  const [kept, lost] = [await playing(), await playing()];
  const { mirror } = resourcesOf(b.broker).ports;
  for (const id of [kept, lost]) await until(async () => (await Promise.all(["session", "presence"].map((type) => mirror.load(`${type}/${id}`)))).every((copy) => copy?.body.includes(song.id) === true));
  shellOf(a.broker).node?.crash();
  await mirror.save([{ actor: `session/${lost}`, epoch: 1_000_000, n: 1, body: null }]);
  await until(async () => (await see(lost).catch(() => undefined))?.nowPlaying === null, 20_000);
  await see(kept);
  await until(() => has(b, `session/${kept}`));
  expect((await see(kept)).nowPlaying?.trackId).toBe(song.id);
}, 60_000);
