import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import type { ApplyReply } from "./actor.ts";
import { limits, type Op } from "./model/index.ts";
import { made, type Playlist } from "./testing/playlist.ts";

/** How much clients say of their offline edits: everything; no time; only what they knew. */
const dialects = ["clock, device and time", "clock and device", "clock alone"] as const;

const wish = fc.record({ device: fc.nat(2), does: fc.constantFrom("add", "add", "remove", "move", "rename"), which: fc.nat(9), where: fc.nat(9), wall: fc.nat(50) });

/** Ops of devices that all saw the same list "abcd" and then nothing of each other. */
function offline(wishes: readonly { readonly device: number; readonly does: string; readonly which: number; readonly where: number; readonly wall: number }[], dialect: (typeof dialects)[number]): Op[][] {
  const devices = [0, 1, 2].map((i) => ({ name: `d${i}`, ids: ["a", "b", "c", "d"], ops: [] as Op[], at: Date.UTC(2026, 0, 2) }));
  for (const { device, does, which, where, wall } of wishes) {
    const one = devices[device];
    if (one === undefined) continue;
    const opId = `${one.name}-${one.ops.length + 1}`;
    one.at = Math.max(one.at + 1, Date.UTC(2026, 0, 2) + wall);
    const stamp = { opId, clock: { [one.name]: one.ops.length + 1 }, ...(dialect === "clock alone" ? {} : { device: one.name }), ...(dialect === "clock, device and time" ? { at: one.at } : {}) };
    const itemId = one.ids[which % one.ids.length] ?? "";
    const other = one.ids[where % one.ids.length] ?? "";
    const after = where % 4 === 0 || other === itemId ? {} : { after: where % 4 === 1 ? null : other };
    if (does === "add") one.ops.push({ ...stamp, type: "add", trackId: "t", ...after });
    if (does === "remove") one.ops.push({ ...stamp, type: "remove", itemId });
    if (does === "move") one.ops.push({ ...stamp, type: "move", itemId, ...after });
    if (does === "rename") one.ops.push({ ...stamp, type: "rename", name: opId });
    if (does === "add") one.ids.push(opId);
  }
  return devices.map(({ ops }) => ops);
}

/** Brings each device's ops in their order, the devices in the order of `turns`, then in that of their names. */
function deliver(devices: readonly (readonly Op[])[], turns: readonly number[], afterEach: (playlist: Playlist) => void = () => {}): { readonly playlist: Playlist; readonly told: ReadonlyMap<string, readonly string[]> } {
  const playlist = made("abcd");
  playlist.now = Date.UTC(2026, 0, 3);
  const left = devices.map((ops) => [...ops]);
  const told = new Map<string, readonly string[]>();
  for (const turn of [...turns, ...devices.flatMap((ops, device) => ops.map(() => device))]) {
    const op = left[turn]?.shift();
    if (op === undefined) continue;
    playlist.now += 10;
    const { results } = playlist.call<ApplyReply>("apply", { ops: [op] });
    afterEach(playlist);
    if (results[0]?.status === "applied") told.set(op.opId, results[0].concurrentWith ?? []);
  }
  return { playlist, told };
}

/** What an op of these tests is about. */
const subject = (op: Op | undefined): string | undefined => (op === undefined || op.type === "add" ? undefined : op.type === "rename" ? "name" : (op as { itemId?: string }).itemId);

describe("playlist - edits made offline", () => {
  test.each(dialects)("end the same whichever device comes first (%s)", (dialect) => {
    fc.assert(
      fc.property(fc.array(wish, { maxLength: 16 }), fc.array(fc.nat(2), { maxLength: 16 }), (wishes, turns) => {
        const devices = offline(wishes, dialect);
        const [one, other] = [deliver(devices, turns), deliver(devices, turns.map((turn) => 2 - turn))];
        expect(other.playlist.ids).toEqual(one.playlist.ids);
        expect(other.playlist.view.name).toBe(one.playlist.view.name);
        // What was put at the end comes behind what was there, though the devices' clocks say nothing of it.
        const ids = one.playlist.ids.filter((id) => id === "d" || devices.flat().some((op) => op.opId === id && op.type === "add" && !("after" in op)));
        if (ids.includes("d") && !devices.flat().some((op) => op.type === "move")) expect(ids[0]).toBe("d");
      }),
      { numRuns: 500 },
    );
  });

  test.each(dialects)("are merged the same by an actor that is packed after each, and by the journal (%s)", (dialect) => {
    fc.assert(
      fc.property(fc.array(wish, { maxLength: 16 }), fc.array(fc.nat(2), { maxLength: 16 }), (wishes, turns) => {
        const devices = offline(wishes, dialect);
        const [one, packed] = [deliver(devices, turns), deliver(devices, turns, (playlist) => void playlist.passivate())];
        expect(packed.told).toEqual(one.told);
        expect(packed.playlist.items).toEqual(one.playlist.items);
        packed.playlist.state = packed.playlist.replayed();
        expect(packed.playlist.passivate()).toBe(one.playlist.passivate());
      }),
      { numRuns: 300 },
    );
  });

  test.each(dialects)("are told of the concurrent edits of other devices, never of their own (%s)", (dialect) => {
    fc.assert(
      fc.property(fc.array(wish, { maxLength: 16 }), fc.array(fc.nat(2), { maxLength: 16 }), (wishes, turns) => {
        const devices = offline(wishes, dialect);
        const { told } = deliver(devices, turns);
        const all = devices.flat();
        const came = [...told.keys()];
        for (const [opId, concurrentWith] of told) {
          const op = all.find((one) => one.opId === opId);
          const others = all.filter((one) => came.includes(one.opId) && came.indexOf(one.opId) < came.indexOf(opId) && !one.opId.startsWith(opId.slice(0, 2)) && subject(op) !== undefined && subject(one) === subject(op));
          expect(others.map((one) => one.opId)).toEqual(expect.arrayContaining([...concurrentWith]));
          expect(concurrentWith.length > 0).toBe(others.length > 0);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("that came at the same time stay in their order when the actor was packed between them", () => {
    const [kept, packed] = [made("abc"), made("abc")];
    for (const playlist of [kept, packed]) {
      for (const n of [1, 2]) playlist.op({ type: "move", opId: `z${n}`, itemId: "c", clock: { z: n } });
      if (playlist === packed) playlist.passivate();
      playlist.op({ type: "add", opId: "y1", trackId: "t", clock: { y: 1 } });
    }
    expect(packed.items).toEqual(kept.items);
  });

  test("forget the same clocks whether the actor was packed meanwhile or not", () => {
    const [kept, packed] = [made("abcdef", { public: true, collaborative: true }), made("abcdef", { public: true, collaborative: true })];
    // Most edits are referred to by nothing soon, and packing drops them.
    for (let n = 1; n <= limits.clocksKept + 60; n++) {
      const device = `d${n % 7}`;
      for (const playlist of [kept, packed]) {
        playlist.now += 10;
        const stamp = { opId: `m${n}`, device, clock: { [device]: n, server: playlist.version - 3 }, at: playlist.now };
        playlist.op(n % 10 === 0 ? { ...stamp, type: "move", itemId: "abcde"[(n / 10) % 5] ?? "", after: null } : { ...stamp, type: "rename", name: `${n}` });
      }
      if (n % 50 === 0) packed.passivate();
    }
    expect(packed.passivate()).toBe(kept.passivate());
  });

  test("a clock of the whole call stands for ops that have none", () => {
    const playlist = made("ab");
    expect(playlist.call<ApplyReply>("apply", { ops: [{ opId: "x", type: "rename", name: "X" }, { opId: "y", type: "add", trackId: "t" }], clock: { phone: 2 } }).results).toEqual([
      { opId: "x", status: "applied", version: 4 }, { opId: "y", status: "applied", version: 5, itemIds: ["y"] },
    ]);
    expect(playlist.call<ApplyReply>("apply", { ops: [{ opId: "z", type: "rename", name: "Z" }], clock: { laptop: 1 } }).results).toMatchObject([{ concurrentWith: ["x"] }]);
    expect(playlist.call<ApplyReply>("apply", { ops: [{ opId: "w", type: "rename", name: "W" }], clock: { laptop: 2, phone: 2 } }).results).toEqual([{ opId: "w", status: "applied", version: 7 }]);
    expect(playlist.view.name).toBe("W");
  });

  test("an edit that says to be of the future is of now", () => {
    const playlist = made("ab");
    playlist.op({ type: "rename", name: "Future", device: "phone", at: playlist.now + 1e9, clock: { phone: 1 } });
    playlist.now += 10;
    playlist.op({ type: "rename", name: "Next", device: "laptop", at: playlist.now, clock: { laptop: 1 } });
    expect(playlist.view.name).toBe("Next");
  });

  test("a remove and a move of one item at the same time remove it; undo of the remove finds it where it was moved to", () => {
    const playlist = made("abc", { public: true, collaborative: true });
    const saw = playlist.version;
    playlist.op({ type: "remove", itemId: "a" });
    playlist.now += 5;
    expect(playlist.op({ type: "move", itemId: "a", device: "phone", at: playlist.now, clock: { server: saw, phone: 1 } }, "friend").status).toBe("applied");
    expect(playlist.ids.join("")).toBe("bc");
    playlist.call("undo");
    expect(playlist.ids.join("")).toBe("bca");
  });
});
