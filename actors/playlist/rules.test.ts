import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { playlistActor } from "./actor.ts";
import { applyPublic, itemsOf, limits, listOf, PlaylistRefused, type PlaylistView } from "./model/index.ts";
import { made, Playlist } from "./testing/playlist.ts";

function refusal(run: () => unknown): { readonly code: number; readonly type: string } | "done" {
  try {
    run();
    return "done";
  } catch (error) {
    if (!(error instanceof PlaylistRefused)) throw error;
    return { code: error.code, type: error.type };
  }
}

const people = ["owner", "invited", "joined", "stranger", null] as const;
type Person = (typeof people)[number];

/** A playlist with everybody in their places. */
function peopled(options: { readonly public: boolean; readonly collaborative: boolean }): Playlist {
  const playlist = made("ab", options);
  playlist.call("addCollaborator", { userId: "invited" });
  playlist.call("share", { tokenHash: "h", expiresAt: playlist.now + 1_000 });
  playlist.call("join", { tokenHash: "h" }, "joined");
  return playlist;
}

describe("playlist - who may do what", () => {
  const rights: readonly (readonly [Person, (is: { public: boolean; collaborative: boolean }) => "own" | "edit" | "read" | "none"])[] = [
    ["owner", () => "own"],
    ["invited", () => "edit"],
    ["joined", ({ collaborative }) => (collaborative ? "edit" : "read")],
    ["stranger", (is) => (!is.public ? "none" : is.collaborative ? "edit" : "read")],
    [null, (is) => (is.public ? "read" : "none")],
  ];
  const calls: readonly (readonly [method: string, params: object, needs: "own" | "edit" | "read"])[] = [
    ["get", {}, "read"],
    ["update", { name: "New" }, "own"],
    ["addCollaborator", { userId: "somebody" }, "own"],
    ["removeCollaborator", { userId: "joined2" }, "own"],
    ["share", { tokenHash: "h2", expiresAt: Date.UTC(2026, 0, 2) }, "own"],
    ["revokeShare", { tokenHash: "h" }, "own"],
    ["follow", {}, "read"],
    ["unfollow", {}, "read"],
    ["undo", {}, "edit"],
    ["remove", {}, "own"],
  ];
  const ops: readonly (readonly [op: { readonly type: "add" | "addMany" | "remove" | "move" | "rename" | "describe" | "setPublic" | "setCollaborative" } & Record<string, unknown>, needs: "own" | "edit"])[] = [
    [{ type: "add", trackId: "t" }, "edit"], [{ type: "addMany", trackIds: ["t"] }, "edit"], [{ type: "remove", itemId: "a" }, "edit"], [{ type: "move", itemId: "a" }, "edit"],
    [{ type: "rename", name: "n" }, "own"], [{ type: "describe", description: "d" }, "own"], [{ type: "setPublic", public: true }, "own"], [{ type: "setCollaborative", collaborative: true }, "own"],
  ];
  const order = ["none", "read", "edit", "own"];
  const expected = (has: string, needs: string) => (order.indexOf(has) >= order.indexOf(needs) ? "done" : has === "none" ? { code: 404, type: "NOT_FOUND" } : { code: 403, type: "FORBIDDEN" });
  const kinds = [true, false].flatMap((isPublic) => [true, false].map((collaborative) => ({ public: isPublic, collaborative })));

  test.each(kinds)("the whole table: %j", (is) => {
    let rows = 0;
    for (const [person, has] of rights) {
      for (const [method, params, needs] of calls) {
        rows++;
        const playlist = peopled(is);
        // With something to undo, where one may do anything at all.
        if (method === "undo" && has(is) !== "none" && has(is) !== "read") playlist.op({ type: "add", trackId: "t" }, person);
        const before = playlist.passivate();
        const outcome = refusal(() => playlist.call(method, params, person));
        // Somebody who is not logged in changes nothing, whatever is public.
        const wanted = person === null && has(is) === "read" && method !== "get" && needs === "read" ? { code: 403, type: "FORBIDDEN" } : expected(has(is), needs);
        expect([person, method, outcome]).toEqual([person, method, wanted]);
        if (outcome !== "done") expect(playlist.passivate()).toBe(before);
      }
      for (const [op, needs] of ops) {
        rows++;
        const playlist = peopled(is);
        const before = playlist.passivate();
        const outcome = refusal(() => {
          const { error } = playlist.op(op, person);
          if (error !== undefined) throw new PlaylistRefused(error.type, error.message);
        });
        expect([person, op.type, outcome]).toEqual([person, op.type, expected(has(is), needs)]);
        if (outcome !== "done") expect(playlist.passivate()).toBe(before);
      }
      const { read, edit, own } = peopled(is).call<{ read: boolean; edit: boolean; own: boolean }>("may", {}, person);
      expect([read, edit, own]).toEqual(["read", "edit", "own"].map((right) => order.indexOf(has(is)) >= order.indexOf(right)));
    }
    expect(rows).toBe(5 * 18);
  });

  test("every command is in the table", () => {
    const besides = ["create", "apply", "join", "compact"];
    expect(Object.keys(playlistActor.commands).toSorted()).toEqual([...calls.map(([method]) => method).filter((method) => method !== "get"), ...besides].toSorted());
  });

  test("one that is not there, and one that was deleted, look like one that may not be read", () => {
    const deleted = made("a");
    deleted.call("remove");
    for (const playlist of [new Playlist(), deleted]) {
      for (const [method, params] of calls) expect([method, refusal(() => playlist.call(method, params))]).toEqual([method, { code: 404, type: "NOT_FOUND" }]);
      expect(refusal(() => playlist.call("apply", { ops: [{ opId: "x", type: "add", trackId: "t" }] }))).toEqual({ code: 404, type: "NOT_FOUND" });
      expect(refusal(() => playlist.call("compact"))).toEqual({ code: 404, type: "NOT_FOUND" });
      expect(playlist.call("may")).toEqual({ exists: false, read: false, edit: false, own: false });
    }
    expect(refusal(() => deleted.call("create", { opId: "again", name: "x" }))).toEqual({ code: 409, type: "CONFLICT" });
  });

  test("a link lets in until it ends or is revoked; wrong, old and of nothing look the same", () => {
    const playlist = made("a");
    playlist.call("share", { tokenHash: "h", expiresAt: playlist.now + 1_000 });
    expect(playlist.call("join", { tokenHash: "h" }, "guest")).toEqual({ version: playlist.version });
    expect(playlist.call<PlaylistView>("get", {}, "guest").itemCount).toBe(1);
    const not = { code: 404, type: "LINK_NOT_VALID" };
    expect(refusal(() => playlist.call("join", { tokenHash: "wrong" }, "other"))).toEqual(not);
    expect(refusal(() => new Playlist().call("join", { tokenHash: "h" }, "other"))).toEqual(not);
    playlist.now += 1_000;
    expect(refusal(() => playlist.call("join", { tokenHash: "h" }, "other"))).toEqual(not);
    playlist.call("share", { tokenHash: "h2", expiresAt: playlist.now + 1_000 });
    playlist.call("revokeShare", { tokenHash: "h2" });
    expect(refusal(() => playlist.call("join", { tokenHash: "h2" }, "other"))).toEqual(not);
    playlist.call("unfollow", {}, "guest");
    expect(refusal(() => playlist.call("get", {}, "guest"))).toEqual({ code: 404, type: "NOT_FOUND" });
  });

  test("a collaborator may leave, and who is removed does not stay by a link", () => {
    const playlist = peopled({ public: false, collaborative: true });
    playlist.call("removeCollaborator", { userId: "invited" }, "invited");
    playlist.call("removeCollaborator", { userId: "joined" });
    for (const user of ["invited", "joined"]) expect(refusal(() => playlist.call("get", {}, user))).toEqual({ code: 404, type: "NOT_FOUND" });
  });

  test("readers are told nothing of links, devices, clocks and followers", () => {
    const playlist = peopled({ public: true, collaborative: true });
    playlist.call("follow", {}, "stranger");
    playlist.op({ type: "add", trackId: "t", device: "secret-phone", clock: { "secret-phone": 1 } }, "invited");
    const told = JSON.stringify(playlist.told(0));
    expect(playlist.told(0).map(({ version }) => version)).toEqual(playlist.journal.map(({ seq }) => seq));
    for (const secret of ["tokenHash", "secret-phone", "clock", "stranger", "joined"]) expect(told.replaceAll('"type":"join"', "")).not.toContain(secret);
  });
});

describe("playlist - undo", () => {
  const edits = [
    { type: "add", trackId: "t", after: "a" }, { type: "addMany", trackIds: ["t", "t"], after: null }, { type: "remove", itemIds: ["b", "d"] }, { type: "move", itemIds: ["a", "c"], after: "d" },
    { type: "rename", name: "Other" }, { type: "describe", description: "Other" }, { type: "setPublic", public: true }, { type: "setCollaborative", collaborative: true },
  ] as const;

  test.each(edits)("gives back what was before: $type", (edit) => {
    const playlist = made("abcde");
    const before = { ...playlist.view, version: 0 };
    playlist.op(edit);
    expect({ ...playlist.view, version: 0 }).not.toEqual(before);
    expect(playlist.call("undo")).toEqual({ version: playlist.version, of: playlist.version - 1 });
    expect({ ...playlist.view, version: 0 }).toEqual(before);
    expect(refusal(() => playlist.call("undo"))).toEqual({ code: 409, type: "NOTHING_TO_UNDO" });
  });

  test("works among edits of others, after compaction, from the packed state, and once for one opId", () => {
    fc.assert(
      fc.property(fc.constantFrom(...edits.slice(0, 4)), fc.array(fc.constantFrom("add", "compact", "passivate"), { maxLength: 6 }), (edit, between) => {
        const playlist = made("abcde");
        playlist.call("addCollaborator", { userId: "friend" });
        playlist.op(edit);
        for (const [i, what] of between.entries()) {
          if (what === "add") playlist.op({ type: "add", itemId: `f${i}`, trackId: "t", after: "a" }, "friend");
          else if (what === "compact") playlist.call("compact");
          else playlist.passivate();
        }
        const undone = playlist.call("undo", { opId: "undo" });
        expect(playlist.call("undo", { opId: "undo" })).toEqual(undone);
        expect(playlist.ids.filter((id) => !id.startsWith("f")).join("")).toBe("abcde");
        expect(playlist.ids.filter((id) => id.startsWith("f"))).toHaveLength(between.filter((what) => what === "add").length);
      }),
      { numRuns: 200 },
    );
  });

  test("puts a removed item back to one place everywhere, also in copies that did not see what else stood there before a compaction", () => {
    const playlist = made("axyb", { public: true, collaborative: true });
    playlist.op({ type: "remove", itemId: "x" }, "friend");
    const copy = listOf(playlist.view);
    const since = playlist.version;
    playlist.op({ type: "remove", itemId: "y" });
    for (let n = 0; n < 25; n++) playlist.op({ type: "add", trackId: "t", after: "b" }, "friend");
    playlist.op({ type: "add", itemId: "c", trackId: "t", after: "b" }, "friend");
    expect(playlist.call("compact")).toMatchObject({ compacted: true });
    playlist.call("undo");
    for (const event of playlist.told(since)) applyPublic(copy, event);
    expect(itemsOf(copy)).toEqual(playlist.items);
  });

  test("is refused when others changed the same since, and only then", () => {
    const playlist = made("abc");
    playlist.call("addCollaborator", { userId: "friend" });
    playlist.op({ type: "move", itemIds: ["a", "b"] });
    playlist.op({ type: "move", itemId: "a", after: "b" }, "friend");
    playlist.call("undo");
    expect(playlist.ids.join("")).toBe("bca");
    playlist.op({ type: "move", itemId: "c", after: null });
    playlist.op({ type: "remove", itemId: "c" }, "friend");
    expect(refusal(() => playlist.call("undo"))).toEqual({ code: 409, type: "UNDO_OUTDATED" });
    playlist.call("undo", {}, "friend");
    expect(playlist.ids.join("")).toBe("cba");
    expect(refusal(() => playlist.call("undo", {}, "friend"))).toEqual({ code: 409, type: "NOTHING_TO_UNDO" });
  });
});

function full(): Playlist {
  const playlist = made();
  for (let i = 0; i < limits.items / limits.tracksPerOp; i++) playlist.op({ type: "addMany", opId: `m${i}`, trackIds: Array.from({ length: limits.tracksPerOp }, () => "t") });
  return playlist;
}

const id = (prefix: string, i: number) => `${prefix}${i}`.padEnd(limits.id, "x");

describe("playlist - limits", () => {
  test("10,000 items, and clearly not one more, by add or by undo", () => {
    const playlist = full();
    expect(playlist.view.itemCount).toBe(10_000);
    expect(playlist.op({ type: "add", trackId: "t" })).toMatchObject({ status: "refused", error: { code: 422, type: "LIMIT", message: "A playlist has at most 10,000 items.", data: { limit: 10_000 } } });
    playlist.op({ type: "remove", itemId: "m0-0" });
    playlist.call("addCollaborator", { userId: "friend" });
    expect(playlist.op({ type: "add", trackId: "t" }, "friend").status).toBe("applied");
    expect(refusal(() => playlist.call("undo"))).toEqual({ code: 422, type: "LIMIT" });
  });

  test("names, descriptions, collaborators, links, ops, items per op, clocks", () => {
    const playlist = made("a");
    const refused = (op: Parameters<Playlist["op"]>[0]) => playlist.op(op).error?.type;
    expect(refused({ type: "rename", name: "x".repeat(limits.name) })).toBeUndefined();
    expect(refused({ type: "rename", name: "x".repeat(limits.name + 1) })).toBe("INVALID_INPUT");
    expect(refused({ type: "rename", name: " " })).toBe("INVALID_INPUT");
    expect(refused({ type: "describe", description: "x".repeat(limits.description + 1) })).toBe("INVALID_INPUT");
    expect(refused({ type: "addMany", trackIds: Array.from({ length: limits.tracksPerOp + 1 }, () => "t") })).toBe("LIMIT");
    expect(refused({ type: "addMany", trackIds: [] })).toBe("INVALID_INPUT");
    expect(refused({ type: "addMany", trackIds: ["t"], itemIds: ["x", "y"] })).toBe("INVALID_INPUT");
    expect(refused({ type: "addMany", trackIds: ["t", "t"], itemIds: ["x", "x"] })).toBe("INVALID_INPUT");
    expect(refused({ type: "add", trackId: "t", itemId: "a" })).toBe("CONFLICT");
    expect(refused({ type: "remove", itemIds: Array.from({ length: limits.itemsPerOp + 1 }, (_, i) => `${i}`) })).toBe("LIMIT");
    expect(refused({ type: "move", itemIds: ["a"], after: "a" })).toBe("INVALID_INPUT");
    expect(refused({ type: "move", itemId: "gone" })).toBe("ITEM_NOT_FOUND");
    expect(refused({ type: "add", trackId: "t", device: "d", clock: Object.fromEntries(Array.from({ length: limits.clockEntries + 1 }, (_, i) => [`d${i}`, 1])) })).toBe("LIMIT");
    expect(refused({ type: "add", trackId: "t", device: "d", clock: { e: 1 } })).toBe("INVALID_INPUT");
    expect(refused({ type: "add", trackId: "t", device: "server", clock: { server: 1 } })).toBe("INVALID_INPUT");
    expect(refusal(() => playlist.call("apply", { ops: Array.from({ length: limits.opsPerCall + 1 }, (_, i) => ({ opId: `x${i}`, type: "add", trackId: "t" })) }))).toEqual({ code: 422, type: "LIMIT" });
    for (let i = 0; i < limits.collaborators; i++) playlist.call("addCollaborator", { userId: `u${i}` });
    expect(refusal(() => playlist.call("addCollaborator", { userId: "one-more" }))).toEqual({ code: 422, type: "LIMIT" });
    for (let i = 0; i < limits.shareLinks; i++) playlist.call("share", { tokenHash: `h${i}`, expiresAt: playlist.now + 1_000 });
    expect(refusal(() => playlist.call("share", { tokenHash: "one-more", expiresAt: playlist.now + 1_000 }))).toEqual({ code: 422, type: "LIMIT" });
    playlist.now += 1_000;
    expect(refusal(() => playlist.call("share", { tokenHash: "later", expiresAt: playlist.now + 1_000 }))).toBe("done");
    expect(playlist.state.access.links.size).toBe(1);
    expect(refusal(() => playlist.call("share", { tokenHash: "past", expiresAt: playlist.now }))).toEqual({ code: 422, type: "INVALID_INPUT" });
  });

  test("the largest event fits into the journal", () => {
    const long = id("user", 0);
    const playlist = made("a", { collaborative: true, public: true });
    const clock = Object.fromEntries(Array.from({ length: limits.clockEntries - 1 }, (_, i) => [id("device", i), 1_000_000]));
    const offline = (n: number) => ({ device: id("mine", 0), clock: { ...clock, [id("mine", 0)]: n }, at: playlist.now });
    const ids = Array.from({ length: limits.itemsPerOp }, (_, i) => id("item", i));
    for (const part of [0, 1]) playlist.op({ type: "addMany", itemIds: ids.slice(part * 100, part * 100 + 100), trackIds: ids.slice(0, 100), after: "a", ...offline(1 + part) }, long);
    playlist.op({ type: "move", itemIds: ids, after: null, ...offline(3) }, long);
    playlist.op({ type: "remove", itemIds: ids, ...offline(4) }, long);
    playlist.call("undo", {}, long);
    expect(Math.max(...playlist.journal.map((entry) => JSON.stringify(entry).length))).toBeLessThan(65_536 - 200);
    expect(playlist.view.itemCount).toBe(201);
  });

  test("a refusal is plain data", () => {
    const error = new PlaylistRefused("LIMIT", "Too many.", { limit: 1 });
    expect(JSON.parse(JSON.stringify(error))).toEqual({ name: "PlaylistRefused", message: "Too many.", code: 422, type: "LIMIT", data: { limit: 1 } });
  });
});
