/** Playlists as a client sees them, on one node with the real stores. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { resourcesOf } from "../../resources.ts";
import { until } from "../../test/kit/index.ts";
import catalog from "../catalog/catalog.service.ts";
import search from "../search/search.service.ts";
import { startTestNode, type TestNode } from "../testing/node.ts";
import type { PlaylistChanged } from "./changed.ts";
import type { ListedPlaylist } from "./lists.ts";
import type { PublicEvent } from "./model/events.ts";
import playlist from "./playlist.service.ts";
import { client, existingTracks, someone } from "./testing/lists.ts";

let node: TestNode;
let tracks: string[];
beforeAll(async () => {
  node = await startTestNode([catalog, search, playlist]);
  tracks = await existingTracks(node.broker, 120);
}, 30_000);
afterAll(() => node.stop(), 30_000);

const as = (user = someone()) => client(node.broker, user);
const mine = (who: ReturnType<typeof as>) => who.call<{ items: ListedPlaylist[]; nextCursor: string | null }>("mine");
const found = async (q: string) => (await node.call<{ playlists: { id: string }[] }>("search.query", { q, types: "playlist" })).playlists.map(({ id }) => id);
const track = (n: number): string => tracks[n] as string;

describe("a playlist", () => {
  test("is made, filled, put in order, emptied, described and deleted", async () => {
    const me = as();
    const made = await me.create({ name: "Road", public: false });
    expect(made).toMatchObject({ name: "Road", description: "", public: false, collaborative: false, version: 1, itemCount: 0, items: [], may: { edit: true, own: true } });
    const { id } = made;
    const added = await me.apply(id, { type: "addMany", trackIds: [track(0), track(1), track(2)], opId: "album" }, { type: "add", trackId: track(3), itemId: "x", after: "album-0" });
    expect(added).toMatchObject({ version: 3, results: [{ status: "applied", version: 2, itemIds: ["album-0", "album-1", "album-2"] }, { status: "applied", version: 3, itemIds: ["x"] }] });
    expect(await me.tracks(id)).toEqual([0, 3, 1, 2].map(track));
    await me.apply(id, { type: "move", itemId: "x", after: null }, { type: "remove", itemIds: ["album-1"] }, { type: "describe", description: "for the car" });
    expect(await me.tracks(id)).toEqual([3, 0, 2].map(track));
    expect(await me.call("undo", { playlistId: id, opId: randomUUID() })).toEqual({ version: 7, of: 6 });
    expect((await me.get(id)).description).toBe("");
    await me.call("update", { playlistId: id, name: "Rail", public: true });
    expect(await me.get(id)).toMatchObject({ name: "Rail", public: true, version: 8 });
    await me.call("remove", { playlistId: id });
    await expect(me.get(id)).rejects.toMatchObject({ code: 404 });
    expect((await mine(me)).items).toEqual([]);
  });

  test("made twice by one operation is one playlist, also in the lists", async () => {
    const me = as();
    const opId = randomUUID();
    const [one, other] = await Promise.all([me.create({ opId }), me.create({ opId })]);
    expect(one.id).toBe(other.id);
    expect((await me.create({ opId })).version).toBe(1);
    expect((await mine(me)).items).toHaveLength(1);
    expect((await as().create({ opId })).id).not.toBe(one.id);
  });

  test("answers a repeated edit as the first, and refuses one op without the others", async () => {
    const me = as();
    const { id } = await me.create();
    const ops = [{ opId: "one", type: "add", trackId: track(0) }, { opId: "none", type: "add", trackId: "no-such-track" }, { opId: "two", type: "add", trackId: track(0) }];
    const first = await me.apply(id, ...ops);
    expect(first).toMatchObject({ version: 3, results: [{ status: "applied" }, { status: "refused", error: { code: 404, type: "TRACK_NOT_FOUND", data: { trackIds: ["no-such-track"] } } }, { status: "applied" }] });
    const again = await me.apply(id, ...ops);
    expect(again.results.map(({ opId, status, version }) => [opId, status, version])).toEqual([["one", "repeated", 2], ["none", "refused", undefined], ["two", "repeated", 3]]);
    expect(await me.tracks(id)).toEqual([track(0), track(0)]);
  });

  test.each([
    { opId: "a", type: "add" },
    { opId: "a", type: "rename" },
    { opId: "a", type: "remove" },
    { opId: "a", type: "burn" },
    { opId: "", type: "add", trackId: "t" },
    { type: "add", trackId: "t", opId: "~compact-2" },
    { opId: "a", type: "add", trackId: "t", position: 3 },
    { opId: "a", type: "add", trackId: "t", clock: { "no spaces": 1 } },
    { opId: "a", type: "add", trackId: "t", clock: { phone: -1 } },
    { opId: "a", type: "addMany", trackIds: Array.from({ length: 101 }, () => "t") },
  ])("refuses what is no op: %j", async (op) => {
    const me = as();
    const { id } = await me.create();
    await expect(me.apply(id, op)).rejects.toMatchObject({ code: 422 });
    expect((await me.get(id)).version).toBe(1);
  });

  test("tells a client that is up to date just that", async () => {
    const me = as();
    const { id } = await me.create();
    expect(await me.call("get", { playlistId: id, sinceVersion: 1 })).toEqual({ version: 1, unchanged: true });
    expect(await me.call("get", { playlistId: id, sinceVersion: 0 })).toMatchObject({ version: 1, items: [] });
    expect(await me.call("get", { playlistId: id, items: false })).not.toHaveProperty("items");
  });

  test("keeps the order of calls when the first has to wait for the catalog", async () => {
    const me = as();
    const { id } = await me.create();
    const fresh = await existingTracks(node.broker, 2);
    await Promise.all([me.apply(id, { type: "add", trackId: fresh[0], itemId: "new" }), me.apply(id, { type: "add", trackId: track(0), after: "new" }), me.apply(id, { type: "move", itemId: "new" })]);
    expect(await me.tracks(id)).toEqual([track(0), fresh[0]]);
  });

  test("is renumbered in the background when its positions have come close", async () => {
    const me = as();
    const { id } = await me.create();
    await me.apply(id, { type: "add", trackId: track(0), itemId: "left" }, { type: "add", trackId: track(1), itemId: "right" });
    for (let n = 0; n < 30; n++) await me.apply(id, { type: "add", trackId: track(n), itemId: `i${n}`, after: "left" });
    const happened = async () => (await me.call<{ ops: PublicEvent[] }>("ops", { playlistId: id })).ops.map(({ type }) => type);
    await until(async () => (await happened()).includes("compact"));
    const items = (await me.get(id)).items ?? [];
    expect(items.map(({ itemId }) => itemId)).toEqual(["left", ...Array.from({ length: 30 }, (_, n) => `i${29 - n}`), "right"]);
    expect(items.every(({ position }, at) => at === 0 || position - (items[at - 1]?.position ?? 0) > 1e-7)).toBe(true);
  });
});

describe("what happened", () => {
  test("is told to listeners after the commit, and read from the journal in the same form", async () => {
    const me = as();
    const { id } = await me.create();
    const heard: PlaylistChanged[] = [];
    const stop = await resourcesOf(node.broker).ports.topics.subscribe(`playlist:${id}`, (message) => heard.push(message as PlaylistChanged));
    await me.apply(id, { opId: "a", type: "add", trackId: track(0) }, { opId: "b", type: "rename", name: "other" });
    await me.call("update", { playlistId: id, opId: "c", public: true });
    await until(() => heard.flatMap(({ ops }) => ops).length === 3);
    stop();
    expect(heard.map(({ access }) => access).filter(Boolean)).toEqual(["changed"]);
    expect(heard.at(-1)).toMatchObject({ event: "playlist.changed", playlistId: id, version: 4, epoch: expect.any(Number) });
    const read = await me.call<{ version: number; ops: PublicEvent[]; more: boolean }>("ops", { playlistId: id, since: 1 });
    expect(read).toMatchObject({ version: 4, more: false });
    expect(heard.flatMap(({ ops }) => ops)).toEqual(JSON.parse(JSON.stringify(read.ops)));
    expect(read.ops.map(({ opId, version, type }) => [opId, version, type])).toEqual([["a", 2, "add"], ["b", 3, "rename"], ["c", 4, "update"]]);
    expect(await me.call("ops", { playlistId: id, since: 1, limit: 1 })).toMatchObject({ version: 2, more: true });
    expect(await me.call("ops", { playlistId: id, since: 4 })).toEqual({ version: 4, ops: [], more: false });
    await expect(as().call("ops", { playlistId: (await me.create()).id })).rejects.toMatchObject({ code: 404 });
  });

  test("and was forgotten is answered 410", async () => {
    const me = as();
    const { id } = await me.create();
    for (let n = 0; n < 4; n++) await me.apply(id, { type: "add", trackId: track(0) });
    const { database } = resourcesOf(node.broker).ports;
    await database.query("delete from journal where actor = $1 and seq < 3", [`playlist/${id}`]);
    await expect(me.call("ops", { playlistId: id, since: 1 })).rejects.toMatchObject({ code: 410, type: "OPS_GONE", data: { since: 1, first: 3 } });
    expect(await me.call("ops", { playlistId: id, since: 2 })).toMatchObject({ version: 5 });
    // Trimmed without a snapshot, it is a journal that nobody can read: the lists of others go on (below and here).
    await me.apply(id, { type: "add", trackId: track(0) });
    const other = await me.create();
    await until(async () => (await mine(me)).items.some((row) => row.id === other.id));
  });
});

describe("links", () => {
  test("let in who has them until they end or are taken back, and nobody else", async () => {
    const owner = as();
    const [friend, stranger] = [as(), as()];
    const { id } = await owner.create();
    const opId = randomUUID();
    const link = await owner.call<{ token: string; expiresAt: string }>("share", { playlistId: id, opId, validMs: 60_000 });
    expect((link.token.split(".")[1] ?? "").length).toBe(43);
    expect(await owner.call("share", { playlistId: id, opId, validMs: 90_000 })).toMatchObject({ token: link.token, expiresAt: link.expiresAt });
    await expect(friend.get(id)).rejects.toMatchObject({ code: 404 });
    expect(await friend.call("join", { token: link.token })).toMatchObject({ playlistId: id });
    expect((await friend.get(id)).may).toEqual({ edit: false, own: false });
    expect((await mine(friend)).items).toMatchObject([{ id, role: "follower" }]);
    const forged = `${link.token.slice(0, -1)}${link.token.endsWith("A") ? "B" : "A"}`;
    await expect(stranger.call("join", { token: forged })).rejects.toMatchObject({ code: 404, type: "LINK_NOT_VALID" });
    await owner.call("revokeShare", { playlistId: id, token: link.token });
    await expect(stranger.call("join", { token: link.token })).rejects.toMatchObject({ code: 404, type: "LINK_NOT_VALID" });
    const stored = JSON.stringify(await resourcesOf(node.broker).ports.actors.read(`playlist/${id}`, 1, 100));
    expect(stored).not.toContain(link.token.split(".")[1]);
    await friend.call("unfollow", { playlistId: id });
    await expect(friend.get(id)).rejects.toMatchObject({ code: 404 });
  });
});

describe("lists of playlists", () => {
  test("show own, shared and followed ones with their part, and end with the right to read", async () => {
    const [owner, friend] = [someone("owner"), someone("friend")];
    const { id } = await as(owner).create({ name: "both", public: true });
    await as(owner).apply(id, { type: "addMany", trackIds: tracks.slice(0, 5) });
    await as(friend).call("follow", { playlistId: id });
    expect((await mine(as(friend))).items).toMatchObject([{ id, name: "both", ownerId: owner.id, role: "follower" }]);
    await until(async () => (await mine(as(friend))).items[0]?.itemCount === 5);
    await as(owner).call("addCollaborator", { playlistId: id, userId: friend.id });
    expect((await mine(as(friend))).items).toMatchObject([{ id, role: "collaborator" }]);
    await as(owner).call("removeCollaborator", { playlistId: id, userId: friend.id });
    expect((await mine(as(friend))).items).toMatchObject([{ id, role: "follower" }]);
    await as(owner).call("update", { playlistId: id, public: false });
    expect((await mine(as(friend))).items).toEqual([]);
    expect((await mine(as(owner))).items).toMatchObject([{ id, role: "owner" }]);
  });

  test("come in pages, the newest first, each once", async () => {
    const me = as();
    const made: string[] = [];
    for (let n = 0; n < 5; n++) made.unshift((await me.create({ name: `n${n}` })).id);
    const seen: string[] = [];
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const page: { items: ListedPlaylist[]; nextCursor: string | null } = await me.call("mine", { limit: 2, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect([...seen].toSorted()).toEqual([...made].toSorted());
    await expect(me.call("mine", { cursor: "bm9uZQ" })).rejects.toMatchObject({ code: 422 });
  });

  test("that are public are found by search, under their present name", async () => {
    const me = as();
    const word = randomUUID().slice(0, 8);
    const open = await me.create({ name: `Summer ${word.toUpperCase()}`, public: true });
    const exact = await me.create({ name: word, public: true });
    const hidden = await me.create({ name: `${word} mine` });
    expect(await found(word)).toEqual([exact.id, open.id]);
    expect(await found(word.slice(0, 6))).toEqual([exact.id, open.id]);
    expect(await found(`${word.slice(0, 3)}%`)).toEqual([]);
    await me.call("update", { playlistId: hidden.id, public: true });
    await me.call("update", { playlistId: open.id, name: "Winter" });
    await me.call("remove", { playlistId: exact.id });
    // What everybody types is remembered for two seconds.
    await until(async () => (await found(word)).length === 1);
    expect(await found(word)).toEqual([hidden.id]);
  });

  test("of one account have an end", async () => {
    const user = someone();
    const { database } = resourcesOf(node.broker).ports;
    const opId = randomUUID();
    const last = await as(user).create({ opId });
    await database.query(
      "insert into playlist (id, owner_id, name, description, public, collaborative, item_count, version, created_at, updated_at) select 'full-' || n || $1, $1, '', '', false, false, 0, 1, now(), now() from generate_series(1, 999) n",
      [user.id],
    );
    await expect(as(user).create()).rejects.toMatchObject({ code: 422, type: "LIMIT", data: { limit: 1_000 } });
    expect((await as(user).create({ opId })).id).toBe(last.id);
  });
});
