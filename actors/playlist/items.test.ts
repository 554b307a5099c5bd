import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { applyPublic, itemsOf, limits, listOf, type OpResult, type PublicEvent } from "./model/index.ts";
import { made, type Playlist } from "./testing/playlist.ts";

type Edit = { readonly does: "add" | "addMany" | "remove" | "move" | "compact" | "passivate"; readonly which: number; readonly where: number; readonly n: number };

const edit: fc.Arbitrary<Edit> = fc.record({ does: fc.constantFrom("add", "add", "addMany", "remove", "move", "move", "compact", "passivate"), which: fc.nat(40), where: fc.nat(40), n: fc.integer({ min: 1, max: 4 }) });

/** The same edit on the actor and on a plain array. */
function both(playlist: Playlist, plain: string[], { does, which, where, n }: Edit, step: number): void {
  const chosen = [...new Set(Array.from({ length: Math.min(n, plain.length) }, (_, i) => plain[(which + i) % plain.length] ?? ""))];
  const others = plain.filter((id) => !(does === "move" && chosen.includes(id)));
  const after = where % 4 === 0 || others.length === 0 ? undefined : where % 4 === 1 ? null : others[where % others.length];
  const anchored = after === undefined ? {} : { after };
  const insert = (ids: readonly string[]) => plain.splice(after === undefined ? plain.length : after === null ? 0 : plain.indexOf(after) + 1, 0, ...ids);
  if (does === "compact") playlist.call("compact");
  if (does === "passivate") playlist.passivate();
  if (does === "add") {
    playlist.op({ type: "add", opId: `s${step}`, trackId: "t1", ...anchored });
    insert([`s${step}`]);
  }
  if (does === "addMany") {
    playlist.op({ type: "addMany", opId: `s${step}`, trackIds: Array.from({ length: n }, () => "t2"), ...anchored });
    insert(Array.from({ length: n }, (_, i) => `s${step}-${i}`));
  }
  if (chosen.length === 0 || (does !== "remove" && does !== "move")) return;
  playlist.op({ type: does, itemIds: chosen, ...(does === "move" ? anchored : {}) });
  for (const id of chosen) plain.splice(plain.indexOf(id), 1);
  if (does === "move") insert(chosen);
}

const positions = (playlist: Playlist) => playlist.items.map(({ position }) => position);

function expectRising(values: readonly number[]): void {
  for (const [i, value] of values.entries()) if (i > 0) expect(value).toBeGreaterThan(values[i - 1] ?? Infinity);
}

describe("playlist - items", () => {
  test("online edits do what they do to a plain array; copies that follow and the journal replayed are the same", () => {
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 25 }), (edits) => {
        const playlist = made();
        const plain: string[] = [];
        const copy = listOf(playlist.view);
        for (const [step, one] of edits.entries()) both(playlist, plain, one, step);
        for (const event of playlist.told(copy.version)) applyPublic(copy, event);
        expect(playlist.ids).toEqual(plain);
        expectRising(positions(playlist));
        expect(itemsOf(copy)).toEqual(playlist.items);
        expect(itemsOf(playlist.replayed().list)).toEqual(playlist.items);
      }),
      { numRuns: 1_000 },
    );
  });

  test("an idle list comes back whole from its packed form", () => {
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 25 }), (edits) => {
        const playlist = made();
        const plain: string[] = [];
        for (const [step, one] of edits.entries()) both(playlist, plain, one, step);
        const packed = playlist.passivate();
        expect(playlist.passivate()).toBe(packed);
        expect(playlist.ids).toEqual(plain);
        expect(playlist.state.list.smallestGap).toBe(playlist.replayed().list.smallestGap);
      }),
      { numRuns: 300 },
    );
  });

  test("a track may stand twice", () => {
    const playlist = made();
    playlist.op({ type: "addMany", opId: "twice", trackIds: ["t", "t"] });
    expect(playlist.items.map(({ itemId, trackId }) => [itemId, trackId])).toEqual([["twice-0", "t"], ["twice-1", "t"]]);
  });

  test("a thousand inserts at one gap: a middle each, renumbered at once when there is none, order unchanged", () => {
    const playlist = made("ab");
    for (let i = 0; i < 1_000; i++) expect(playlist.op({ type: "add", opId: `i${i}`, trackId: "t", after: "a" }).status).toBe("applied");
    expect(playlist.ids).toEqual(["a", ...Array.from({ length: 1_000 }, (_, i) => `i${999 - i}`), "b"]);
    expectRising(positions(playlist));
    expect(playlist.journal.filter(({ event }) => event.type === "compact").length).toBeGreaterThan(10);
    expect(itemsOf(playlist.replayed().list)).toEqual(playlist.items);
  });

  test("a copy forgets a place that only it remembers when the server puts an item there", () => {
    const copy = listOf(made("axbcd").view);
    const at = new Date(0).toISOString();
    const told: readonly PublicEvent[] = [
      // "x" leaves 2 for 4.5 and is removed there; the server has forgotten both places.
      { version: 7, opId: "m", at, by: "owner", type: "move", items: [{ itemId: "x", position: 4.5 }] },
      { version: 8, opId: "r", at, by: "owner", type: "remove", itemIds: ["x"] },
      { version: 9, opId: "n", at, by: "owner", type: "add", items: [{ itemId: "n", trackId: "t", position: 4.5 }] },
    ];
    for (const event of told) applyPublic(copy, event);
    expect(itemsOf(copy).map(({ itemId }) => itemId).join("")).toBe("abcnd");
  });

  test("positions that came close are renumbered to 1, 2, 3, ... in the background", () => {
    const playlist = made("ab");
    for (let i = 0; i < 25; i++) playlist.op({ type: "add", opId: `i${i}`, trackId: "t", after: "a" });
    expect(playlist.call("apply", { ops: [] })).toMatchObject({ compact: true });
    const { ids } = playlist;
    expect(playlist.call("compact")).toEqual({ version: playlist.version, compacted: true });
    expect(playlist.ids).toEqual(ids);
    expect(positions(playlist)).toEqual(ids.map((_, i) => i + 1));
    expect(playlist.call("compact")).toMatchObject({ compacted: false });
  });

  test("behind an item that was removed is where it stood; behind one that was moved is where it stands", () => {
    const playlist = made("abcd");
    playlist.op({ type: "remove", itemId: "b" });
    playlist.op({ type: "move", itemId: "c", after: null });
    playlist.op({ type: "add", itemId: "x", trackId: "t", after: "b" });
    playlist.op({ type: "add", itemId: "y", trackId: "t", after: "c" });
    expect(playlist.ids).toEqual(["c", "y", "a", "x", "d"]);
  });

  test("an edit made offline means the places its author saw", () => {
    const playlist = made("abcd");
    const saw = playlist.version;
    playlist.op({ type: "move", itemId: "b", after: "d" });
    playlist.op({ type: "add", itemId: "x", trackId: "t", after: "b", device: "phone", at: playlist.now, clock: { server: saw, phone: 1 } });
    expect(playlist.ids).toEqual(["a", "x", "c", "d", "b"]);
  });

  test("a range keeps the order it is named in, also through a gap without room", () => {
    const playlist = made("abcdef");
    playlist.op({ type: "move", itemIds: ["b", "c", "d"], after: "f" });
    expect(playlist.ids.join("")).toBe("aefbcd");
    playlist.op({ type: "move", itemIds: ["f", "b"], after: null });
    expect(playlist.ids.join("")).toBe("fbaecd");
  });

  test("places that were left are forgotten beyond their number; an offline edit behind one is kept, at the end", () => {
    const playlist = made("ab");
    playlist.op({ type: "remove", itemId: "a" });
    for (let i = 0; i < 20 * limits.placesKeptLeast; i++) playlist.op({ type: "move", itemId: "b" });
    expect(playlist.state.list.places.length).toBeLessThanOrEqual(1.25 * limits.placesKeptLeast + 1);
    expect(playlist.op({ type: "add", trackId: "t", after: "a" })).toMatchObject({ status: "refused", error: { code: 404, type: "ITEM_NOT_FOUND" } });
    playlist.now += 1;
    expect(playlist.op({ type: "add", itemId: "x", trackId: "t", after: "a", device: "phone", clock: { phone: 1 } })).toMatchObject({ status: "applied" });
    expect(playlist.ids).toEqual(["b", "x"]);
    expect(playlist.state.list.writers.size).toBeLessThan(10 * limits.placesKeptLeast);
    expect(itemsOf(playlist.replayed().list)).toEqual(playlist.items);
  });
});

describe("playlist - a call with several ops", () => {
  test("does what the ops do one by one, and deciding leaves the state as it was", () => {
    const op = fc.record({ does: fc.constantFrom("add", "remove", "move", "rename"), which: fc.nat(12), where: fc.nat(12), offline: fc.boolean() });
    fc.assert(
      fc.property(fc.array(op, { minLength: 2, maxLength: 20 }), (chosen) => {
        const ids = ["a", "b", "c", "d", "e", "f", ...chosen.map((_, i) => `o${i}`)];
        const id = (n: number) => ids[n % ids.length] ?? "";
        const ops = chosen.map(({ does, which, where, offline }, i) => ({
          opId: `o${i}`, type: does, trackId: "t", name: `n${i}`, ...(does === "add" ? {} : { itemId: id(which) }), ...(where % 3 === 0 ? {} : { after: where % 3 === 1 ? null : id(where) }),
          ...(offline ? { device: "phone", at: i, clock: { server: where, phone: i + 1 } } : {}),
        }));
        const [together, oneByOne] = [made("abcdef"), made("abcdef")];
        const [{ results }, before] = [together.call<{ results: unknown[] }>("apply", { ops: [] }), together.passivate()];
        expect(results).toEqual([]);
        const decided = together.call<{ results: OpResult[] }>("apply", { ops }).results;
        expect(decided).toEqual(ops.map((one) => oneByOne.call<{ results: unknown[] }>("apply", { ops: [one] }).results[0]));
        expect(together.items).toEqual(oneByOne.items);
        expect(together.passivate()).toBe(oneByOne.passivate());
        expect(before).toBe(made("abcdef").passivate());
        const again = together.call<{ results: unknown[] }>("apply", { ops: ops.filter((_, i) => decided[i]?.status === "applied") }).results;
        expect(again).toEqual(decided.filter(({ status }) => status === "applied").map((result) => ({ ...result, status: "repeated" })));
      }),
      { numRuns: 300 },
    );
  });
});
