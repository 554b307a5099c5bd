/** Presence on two nodes over the run's NATS, with the mirror in its Redis, called from a third that hosts none. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { resourcesOf } from "../../resources.ts";
import { until } from "../../test/kit/index.ts";
import account from "../account/account.service.ts";
import catalog from "../catalog/catalog.service.ts";
import { shellOf } from "../runtime/index.ts";
import { testCluster, type TestCluster, type TestMember } from "../runtime/testing/cluster.ts";
import search from "../search/search.service.ts";
import { ingestedTrack } from "../testing/tracks.ts";
import { limits } from "./limits.ts";
import { presenceService } from "./presence.service.ts";
import { Listener, People, type Person } from "./testing/people.ts";

let cluster: TestCluster;
let a: TestMember;
let b: TestMember;
let caller: TestMember;
let people: People;
const songs = ["Åska", "Regn"].map((title) => ingestedTrack(title, {}, undefined, 200));
const [song, other] = songs.map(({ id }) => id) as [string, string];

const presence = () => presenceService({ ...limits, popularAbove: 3, popularUntil: 1 });

beforeAll(async () => {
  cluster = await testCluster();
  a = await cluster.join("a", [catalog, presence()]);
  b = await cluster.join("b", [account, catalog, search, presence()]);
  caller = await cluster.join("caller");
  await caller.broker.waitForServices(["presence", "account", "search"], 10_000);
  for (const track of songs) await caller.broker.call("catalog.add", { track });
  people = new People(caller.broker);
  await until(() => [a, b].every(({ broker }) => (shellOf(broker).node?.membership.owned().length ?? 0) > 90), 20_000);
}, 60_000);
afterAll(() => cluster?.stop(), 60_000);

/** Accounts whose actors live on `member`. */
async function peopleOn(member: TestMember, count: number): Promise<Person[]> {
  const found: Person[] = [];
  while (found.length < count) {
    for (const person of await people.some(4)) {
      await person.seen();
      if (found.length < count && shellOf(member.broker).node?.host.activations.has(`presence/${person.id}`) === true) found.push(person);
    }
  }
  return found;
}

const mirrored = async (person: Person) => (await resourcesOf(b.broker).ports.mirror.load(`presence/${person.id}`))?.body ?? "";

describe("presence in a cluster", () => {
  test("what plays reaches who listens on another node, in order, and who asks there", async () => {
    for (const [on, elsewhere] of [[a, b], [b, a]] as const) {
      const [friend] = await peopleOn(on, 1) as [Person];
      const listener = await Listener.to(elsewhere.broker, friend.id);
      await friend.plays(1, { trackId: song });
      await friend.plays(2, { trackId: other });
      await friend.call("setSharing", { share: false });
      const told = await listener.take(3);
      expect(told.map(({ nowPlaying }) => nowPlaying?.title ?? null)).toEqual(["Åska", "Regn", null]);
      expect(told.every(({ n }, at) => at === 0 || n > (told[at - 1]?.n ?? 0))).toBe(true);
      const last = told[2];
      expect(await elsewhere.broker.call("presence.see", { userId: friend.id })).toEqual({ userId: friend.id, nowPlaying: null, at: last?.at, epoch: last?.epoch, n: last?.n, popular: false });
      listener.stop();
    }
  });

  test("what nobody heard is made no more, until somebody says that he listens", async () => {
    const [friend] = await peopleOn(a, 1) as [Person];
    const { topics } = resourcesOf(a.broker).ports;
    const { epoch } = await friend.seen();
    let word = 0;
    await friend.plays(++word, { trackId: song });
    await until(() => !topics.mayBeHeard(`presence:${friend.id}`, epoch));
    const listener = await Listener.to(b.broker, friend.id);
    await friend.plays(++word, { trackId: other });
    expect(await listener.next()).toMatchObject({ nowPlaying: { trackId: other } });
    listener.stop();
  });

  test("an account that becomes popular says so on every node, and is read from then on", async () => {
    const [star] = await peopleOn(b, 1) as [Person];
    const fans = await people.some(4);
    const listeners = await Promise.all([a, b, caller].map(({ broker }) => Listener.to(broker, star.id)));
    await star.plays(1, { trackId: song });
    await Promise.all(fans.map((fan) => fan.call("follow", { userId: star.id })));
    for (const listener of listeners) expect((await listener.take(2))[1]).toMatchObject({ popular: true, nowPlaying: { trackId: song } });
    await star.plays(2, { trackId: other });
    expect(await fans[0].friends()).toMatchObject([{ userId: star.id, isKnown: true, popular: true, nowPlaying: { trackId: other } }]);
    for (const listener of listeners) {
      expect(listener.heard).toHaveLength(2);
      listener.stop();
    }
  });

  test("of a node that dies friends are unknown, then shown as before; without the mirror they are shown again by their session's next word", async () => {
    const [me] = await people.some(1);
    const [kept, flushed, hidden] = await peopleOn(a, 3) as [Person, Person, Person];
    const [elsewhere] = await peopleOn(b, 1) as [Person];
    const all = [kept, flushed, hidden, elsewhere];
    for (const friend of all) await me.call("follow", { userId: friend.id });
    for (const friend of all) await friend.plays(5, { trackId: song });
    const listeners = await Promise.all([kept, flushed].map(({ id }) => Listener.to(b.broker, id)));
    for (const friend of [kept, flushed, hidden]) await until(async () => (await mirrored(friend)).includes(song));
    const before = await kept.seen();
    shellOf(a.broker).node?.crash();
    // As if written a moment before: nobody could tell the actor.
    await resourcesOf(b.broker).ports.database.query("insert into social (user_id, share) values ($1, false) on conflict (user_id) do update set share = false, version = social.version + 1", [hidden.id]);
    expect((await me.friends()).map(({ userId, isKnown, nowPlaying }) => [userId, isKnown, nowPlaying?.trackId])).toEqual([[elsewhere.id, true, song], ...[hidden, flushed, kept].map(({ id }) => [id, false, undefined])]);
    await resourcesOf(b.broker).ports.mirror.save([{ actor: `presence/${flushed.id}`, epoch: before.epoch + 1, n: before.n + 1, body: null }]);

    await until(async () => (await me.friends()).every(({ isKnown }) => isKnown), 20_000);
    const after = await kept.seen();
    expect(after).toMatchObject({ nowPlaying: before.nowPlaying, at: before.at });
    expect([after.epoch > before.epoch, after.n > before.n]).toEqual([true, true]);
    expect((await hidden.seen()).nowPlaying).toBeNull();
    expect((await flushed.seen()).nowPlaying).toBeNull();

    // The session repeats itself in its new place, where its stamps go on.
    await flushed.plays(6, { trackId: song });
    await kept.plays(6, null);
    const [ofKept, ofFlushed] = [await listeners[0]?.take(2), await listeners[1]?.next()];
    const { epoch } = after;
    expect(ofKept).toMatchObject([{ nowPlaying: before.nowPlaying, at: before.at, epoch }, { nowPlaying: null, epoch }]);
    expect(ofFlushed).toMatchObject({ nowPlaying: { trackId: song } });
    for (const listener of listeners) listener.stop();
  }, 60_000);
});
