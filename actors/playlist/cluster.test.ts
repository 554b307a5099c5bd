/** Playlists on two nodes over the run's NATS, called from a third that hosts none: one actor each, and lists that count each event once. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { resourcesOf } from "../../resources.ts";
import type { Database } from "../../storage/index.ts";
import { until } from "../../test/kit/index.ts";
import catalog from "../catalog/catalog.service.ts";
import { shellOf } from "../runtime/index.ts";
import { testCluster, type TestCluster, type TestMember } from "../runtime/testing/cluster.ts";
import search from "../search/search.service.ts";
import { playlistActor } from "./actor.ts";
import { eventOf } from "./changed.ts";
import { applyPublic, itemsOf, listOf, type PublicEvent } from "./model/index.ts";
import playlist from "./playlist.service.ts";
import { Projection } from "./projection.ts";
import { running } from "./running.ts";
import { client, existingTracks, someone } from "./testing/lists.ts";

let cluster: TestCluster;
let a: TestMember;
let b: TestMember;
let caller: TestMember;
let tracks: string[];

beforeAll(async () => {
  cluster = await testCluster();
  a = await cluster.join("a", [catalog, search, playlist]);
  b = await cluster.join("b", [catalog, search, playlist]);
  caller = await cluster.join("caller");
  await caller.broker.waitForServices(["playlist", "catalog"], 10_000);
  tracks = await existingTracks(a.broker, 50);
  await until(() => [a, b].every(({ broker }) => (shellOf(broker).node?.membership.owned().length ?? 0) > 90), 20_000);
}, 60_000);
afterAll(() => cluster?.stop(), 60_000);

const holders = (id: string) => [a, b].filter(({ broker }) => shellOf(broker).node?.host.activations.has(`playlist/${id}`));
const any = (n: number): TestMember => [a, b, caller][n % 3] as TestMember;

describe("playlists of a cluster", () => {
  test("tell gateways of other nodes which calls take an operation's id", () => {
    const names = Object.entries(playlist.actions ?? {}).flatMap(([name, action]) => ("opId" in ((action as { params: object }).params) ? [`playlist.${name}`] : []));
    expect(names.length).toBeGreaterThan(10);
    const told = names.filter((name) => "opId" in ((caller.broker.registry.actions.get(name) as unknown as { endpoints: { action: { params: object } }[] }).endpoints[0]?.action.params ?? {}));
    expect(told).toEqual(names);
  });

  test("are edited through any node and live on one", async () => {
    const user = someone();
    const { id } = await client(caller.broker, user).create();
    await Promise.all(Array.from({ length: 30 }, (_, n) => client(any(n).broker, user).apply(id, { type: "add", trackId: tracks[n], itemId: `i${n}` })));
    const seen = await Promise.all([a, b, caller].map(({ broker }) => client(broker, user).get(id)));
    expect(seen.map(({ version }) => version)).toEqual([31, 31, 31]);
    expect(seen[0]?.items).toHaveLength(30);
    expect(seen[1]).toEqual(seen[0]);
    expect(holders(id)).toHaveLength(1);
  });

  test("are their makers' own, however many make some at once", async () => {
    const users = Array.from({ length: 60 }, (_, n) => someone(`maker${n}`));
    const made = await Promise.all(users.map((user, n) => client(any(n).broker, user).create()));
    expect(made.map(({ ownerId }) => ownerId)).toEqual(users.map(({ id }) => id));
    expect(made.every(({ may }) => may.own)).toBe(true);
  });

  test("tell what happened on whichever node somebody listens, and who lost a message reads it", async () => {
    const [one, other] = [someone(), someone()];
    const owner = client(a.broker, one);
    const guest = client(b.broker, other);
    const { id } = await owner.create();
    await owner.call("addCollaborator", { playlistId: id, userId: other.id });
    const copies = await Promise.all([owner, guest].map(async (who, n) => {
      const list = listOf(await who.get(id));
      const read = async () => {
        const page = await who.call<{ ops: PublicEvent[] }>("ops", { playlistId: id, since: list.version });
        for (const op of page.ops) if (op.version === list.version + 1) applyPublic(list, op);
      };
      let messages = 0;
      const stop = await resourcesOf([a, b][n]?.broker ?? caller.broker).ports.topics.subscribe(`playlist:${id}`, (message) => {
        // Every third is lost.
        if (messages++ % 3 === 2) return;
        for (const op of (message as { ops: PublicEvent[] }).ops) if (op.version === list.version + 1) applyPublic(list, op);
      });
      return { list, read, stop };
    }));
    for (let round = 0; round < 10; round++) {
      await Promise.all([
        owner.apply(id, { type: "add", trackId: tracks[round], itemId: `o${round}`, after: null }, ...(round > 2 ? [{ type: "move", itemId: `g${round - 3}`, after: null }] : [])),
        guest.apply(id, { type: "add", trackId: tracks[round + 10], itemId: `g${round}` }, ...(round > 2 ? [{ type: "remove", itemId: `o${round - 3}` }] : [])),
      ]);
    }
    for (const { read, stop } of copies) {
      stop();
      await read();
    }
    const { items, version } = await owner.get(id);
    expect(items).toHaveLength(13);
    for (const { list } of copies) expect([list.version, itemsOf(list)]).toEqual([version, items]);
  });

  test("are listed as they are, whoever folds them, at the same time, and dies in it", async () => {
    const users = Array.from({ length: 6 }, (_, n) => someone(`u${n}`));
    const owner = users[0] as (typeof users)[number];
    const lists = await Promise.all(Array.from({ length: 8 }, (_, n) => client(any(n).broker, owner).create({ name: `l${n}`, public: true })));
    const { database, actors } = resourcesOf(a.broker).ports;
    // One more that folds the same from the journal, and dies at the last moment every other time.
    let folds = 0;
    const dying: Database = { ...methodsOf(database), transaction: (body) => database.transaction(async (transaction) => {
      const done = await body(transaction);
      if (folds++ % 2 === 0) throw new Error("killed");
      return done;
    }) };
    const mortal = new Projection(dying, actors, () => undefined);
    const load = { isOver: false };
    const killed = (async () => {
      while (!load.isOver) await mortal.fold(new Map(lists.map(({ id }) => [id, []]))).catch(() => "killed");
    })();
    await Promise.all(lists.map(async ({ id }, n) => {
      for (let round = 0; round < 5; round++) {
        await client(any(n + round).broker, owner).apply(id, { type: "addMany", trackIds: tracks.slice(0, 10), opId: `r${round}` }, { type: "remove", itemIds: [`r${round}-0`, `r${round}-5`] });
        await client(any(n).broker, users[(n + round) % 6]).call("follow", { playlistId: id });
      }
    }));
    load.isOver = true;
    await killed;
    expect(folds).toBeGreaterThan(1);
    await listedAsTheyAre(owner, lists.map(({ id }) => id), { version: 16, itemCount: 40, followers: 5 });
  }, 60_000);

  test("are found in the journal and listed when the node that had them in memory died", async () => {
    const [owner, friend] = [someone(), someone()];
    const lists = await Promise.all(Array.from({ length: 8 }, (_, n) => client(any(n).broker, owner).create({ name: `l${n}`, public: true })));
    const ids = lists.map(({ id }) => id);
    const { database, actors } = resourcesOf(a.broker).ports;
    const projection = new Projection(database, actors, () => undefined);
    // What is in the journal by now is in the tables, or is found.
    await projection.sweep(0);
    // The nodes take their edits, and fold none: as if they died before they could.
    const forgetful = [a, b].map(({ broker }) => jest.spyOn(running(broker.getLocalService("playlist")).projector, "take").mockImplementation(() => undefined));
    for (const id of ids) {
      await client(caller.broker, owner).apply(id, { type: "addMany", trackIds: tracks.slice(0, 10), opId: "r" }, { type: "remove", itemIds: ["r-0", "r-5"] });
      await client(caller.broker, friend).call("follow", { playlistId: id });
    }
    for (const spy of forgetful) spy.mockRestore();
    const behind = async () => (await database.query<{ version: number }>("select version from playlist where id = any($1)", [ids])).filter(({ version }) => version < 4).length;
    expect(await behind()).toBe(8);
    await until(async () => {
      await projection.sweep(0);
      return (await behind()) === 0;
    });
    await listedAsTheyAre(owner, ids, { version: 4, itemCount: 8, followers: 1 });
    expect(await projection.sweep(60_000)).toBe(0);
  }, 60_000);

  test("that were listed wrongly or not at all are listed anew from the actors' own state", async () => {
    const [owner, friend] = [someone(), someone()];
    const me = client(caller.broker, owner);
    const { id } = await me.create({ name: "lost" });
    await me.call("addCollaborator", { playlistId: id, userId: friend.id });
    await me.apply(id, { type: "addMany", trackIds: tracks.slice(0, 7) });
    const { database } = resourcesOf(a.broker).ports;
    await database.query("delete from playlist where id = $1", [id]);
    await database.query("delete from playlist_member where playlist_id = $1", [id]);
    await me.apply(id, { type: "rename", name: "found" });
    const mine = async (user: typeof owner) => (await client(caller.broker, user).call<{ items: object[] }>("mine")).items;
    await until(async () => (await mine(friend)).length === 1 && (await client(caller.broker, owner).call<{ items: { name: string }[] }>("mine")).items[0]?.name === "found");
    expect(await mine(owner)).toMatchObject([{ id, name: "found", itemCount: 7, role: "owner", version: 4 }]);
    expect(await mine(friend)).toMatchObject([{ id, role: "collaborator" }]);
  });

  test("keep who follows when they are listed anew and the journal forgot it, and a repetition brings nothing back", async () => {
    const [owner, friend] = [someone(), someone()];
    const me = client(caller.broker, owner);
    const them = client(caller.broker, friend);
    const { id } = await me.create({ public: true });
    const { database } = resourcesOf(a.broker).ports;
    const mine = async () => (await them.call<{ items: object[] }>("mine")).items.length;
    await them.call("follow", { playlistId: id, opId: "one" });
    expect(await mine()).toBe(1);
    await database.query("delete from journal where actor = $1 and seq = 2", [`playlist/${id}`]);
    await resourcesOf(a.broker).ports.actors.saveSnapshot(`playlist/${id}`, { seq: 2, body: await snapshotOf(id) });
    await database.query("delete from playlist where id = $1", [id]);
    await me.apply(id, { type: "rename", name: "later" });
    await until(async () => (await me.call<{ items: { name: string }[] }>("mine")).items[0]?.name === "later");
    expect(await mine()).toBe(1);
    await them.call("unfollow", { playlistId: id, opId: "two" });
    expect(await mine()).toBe(0);
    await them.call("follow", { playlistId: id, opId: "one" });
    expect(await mine()).toBe(0);
  });

  test("count an item once that two devices removed offline", async () => {
    const owner = someone();
    const me = client(caller.broker, owner);
    const { id } = await me.create();
    await me.apply(id, { type: "addMany", trackIds: tracks.slice(0, 5), opId: "all" });
    const remove = (device: string) => me.apply(id, { opId: randomUUID(), type: "remove", itemId: "all-1", clock: { server: 2, [device]: 1 }, device, at: Date.now() });
    await remove("phone");
    await remove("tablet");
    await until(async () => ((await me.call<{ items: { version: number }[] }>("mine")).items[0]?.version ?? 0) === 4);
    expect((await me.call<{ items: object[] }>("mine")).items).toMatchObject([{ itemCount: 4 }]);
    expect((await me.get(id)).itemCount).toBe(4);
  });
});

async function listedAsTheyAre(owner: ReturnType<typeof someone>, ids: readonly string[], { version, itemCount, followers }: { version: number; itemCount: number; followers: number }): Promise<void> {
  const { database } = resourcesOf(a.broker).ports;
  const rows = () => database.query<{ id: string; version: number; itemCount: number }>(`select id, version, item_count as "itemCount" from playlist where id = any($1)`, [ids]);
  await until(async () => (await rows()).every((row) => row.version === version));
  expect((await rows()).map((row) => row.itemCount)).toEqual(ids.map(() => itemCount));
  for (const id of ids) {
    expect(await client(caller.broker, owner).get(id)).toMatchObject({ version, itemCount });
    expect(await database.query("select user_id from playlist_member where playlist_id = $1 and follows", [id])).toHaveLength(followers);
  }
}

/** The snapshot of a playlist after its second event. */
async function snapshotOf(id: string): Promise<unknown> {
  const entries = await resourcesOf(a.broker).ports.actors.read(`playlist/${id}`, 1, 1);
  const state = playlistActor.empty(id);
  for (const entry of entries) {
    const { event, at } = eventOf(entry);
    playlistActor.apply(state, event, at, entry.seq);
    playlistActor.apply(state, { type: "follow", by: "somebody" }, at, 2);
  }
  return { v: playlistActor.stateVersion, s: playlistActor.pack(state), at: Date.now() };
}

const methodsOf = (database: Database): Omit<Database, "transaction"> => ({
  query: (sql, values) => database.query(sql, values),
  prepared: (sql, values) => database.prepared(sql, values),
  durability: () => database.durability(),
  close: () => database.close(),
});
