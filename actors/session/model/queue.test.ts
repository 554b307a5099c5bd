import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { following, go, indexOf, insert, move, remove, seedOf, shuffle, unshuffle, type Item, type Queue } from "./queue.ts";

const item = (itemId: string, source: Item["source"] = "context"): Item => ({ itemId, trackId: `t${itemId}`, durationMs: 1_000, source, rank: 0 });
const ids = ({ items }: Queue) => items.map(({ itemId }) => itemId);
const sorted = (queue: Queue) => ids(queue).toSorted();
const queueOf = (names: string, index: number): Queue => ({ items: Array.from(names).map((name) => item(name, name === name.toUpperCase() ? "next" : "context")), index, isShuffled: false });

type Step =
  | { readonly does: "insert"; readonly at: number; readonly count: number; readonly source: Item["source"] }
  | { readonly does: "remove" | "go" | "onward"; readonly which: number }
  | { readonly does: "move"; readonly which: number; readonly after: number }
  | { readonly does: "shuffle"; readonly seed: number }
  | { readonly does: "unshuffle" };

const place = fc.nat(40);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ does: fc.constant("insert" as const), at: place, count: fc.integer({ min: 1, max: 4 }), source: fc.constantFrom("context" as const, "next" as const) }),
  fc.record({ does: fc.constantFrom("remove" as const, "go" as const, "onward" as const), which: place }),
  fc.record({ does: fc.constant("move" as const), which: place, after: place }),
  fc.record({ does: fc.constant("shuffle" as const), seed: fc.nat() }),
  fc.record({ does: fc.constant("unshuffle" as const) }),
);

describe("queue - whatever is done to it", () => {
  test("loses and doubles nothing, and keeps the current item", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const queue: Queue = { items: [], index: -1, isShuffled: false };
        const there = new Set<string>();
        let made = 0;
        for (const one of steps) {
          const current = queue.items[queue.index]?.itemId;
          const some = (which: number) => queue.items[which % Math.max(1, queue.items.length)]?.itemId;
          let stays = true;
          if (one.does === "insert") {
            const added = Array.from({ length: one.count }, () => item(`i${made++}`, one.source));
            insert(queue, one.at % (queue.items.length + 1), added);
            for (const { itemId } of added) there.add(itemId);
          } else if (one.does === "remove") {
            const gone = some(one.which);
            remove(queue, new Set(gone === undefined ? [] : [gone]));
            there.delete(gone ?? "");
            stays = gone !== current;
          } else if (one.does === "go" || one.does === "onward") {
            const to = some(one.which);
            if (to === undefined) continue;
            const before = new Map(queue.items.map((one) => [one.itemId, one.source]));
            go(queue, to, one.does === "onward");
            expect(queue.items[queue.index]?.itemId).toBe(to);
            // Only what was put in to be played next has its turn and goes.
            for (const [itemId, source] of before) if (indexOf(queue, itemId) < 0) expect([one.does, source, there.delete(itemId)]).toEqual(["onward", "next", true]);
            stays = false;
          } else if (one.does === "move") {
            const [moved, after] = [some(one.which), some(one.after)];
            if (moved !== undefined) move(queue, moved, after === undefined || after === moved ? null : after);
          } else if (one.does === "shuffle") shuffle(queue, one.seed);
          else unshuffle(queue);
          expect(sorted(queue)).toEqual([...there].toSorted());
          if (stays) expect(queue.items[queue.index]?.itemId).toBe(current);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("shuffled it begins with the current item, is the same for the same seed, and un-shuffles back to its order", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 60 }), fc.nat(), fc.nat(), fc.array(fc.nat(), { maxLength: 5 }), (names, at, seed, jumps) => {
        const queue: Queue = { items: names.map((name) => item(`i${name}`)), index: at % names.length, isShuffled: false };
        const before = ids(queue);
        const other: Queue = { ...queue, items: queue.items.map((one) => ({ ...one })) };
        const current = before[queue.index] ?? "";
        shuffle(queue, seed);
        shuffle(other, seed);
        expect(ids(queue)).toEqual(ids(other));
        expect([ids(queue)[0], queue.index, sorted(queue)]).toEqual([current, 0, before.toSorted()]);
        for (const jump of jumps) go(queue, ids(queue)[jump % names.length] ?? "", true);
        shuffle(queue, seed + 1);
        const last = ids(queue)[queue.index] ?? "";
        unshuffle(queue);
        expect(ids(queue)).toEqual(before);
        expect(ids(queue)[queue.index]).toBe(last);
      }),
      { numRuns: 500 },
    );
  });

  test("shuffling is by chance: orders differ by seed", () => {
    const orders = new Set(Array.from({ length: 50 }, (_, seed) => {
      const queue = queueOf("abcdefgh", 0);
      shuffle(queue, seedOf(`op${seed}`));
      return ids(queue).join("");
    }));
    expect(orders.size).toBeGreaterThan(40);
  });
});

describe("queue - what is to be played next", () => {
  test("is behind the current item, shuffled or not", () => {
    const queue = queueOf("abXYcd", 1);
    shuffle(queue, 3);
    expect(ids(queue).slice(0, 3)).toEqual(["b", "X", "Y"]);
    unshuffle(queue);
    expect(ids(queue)).toEqual(["a", "b", "X", "Y", "c", "d"]);
  });

  test("is gone when it had its turn, and when it was passed", () => {
    const queue = queueOf("aXYbc", 0);
    go(queue, "X", true);
    expect(ids(queue)).toEqual(["a", "X", "Y", "b", "c"]);
    go(queue, "b", true);
    expect([ids(queue), queue.index]).toEqual([["a", "b", "c"], 1]);
  });

  test("stays when one goes back", () => {
    const queue = queueOf("abX", 1);
    go(queue, "a", false);
    expect(ids(queue)).toEqual(["a", "b", "X"]);
  });

  test("keeps its place among the context's when it plays while un-shuffling", () => {
    const queue = queueOf("abXc", 1);
    shuffle(queue, 1);
    go(queue, "X", true);
    unshuffle(queue);
    expect([ids(queue), queue.index]).toEqual([["a", "b", "X", "c"], 2]);
  });
});

test("queue - what follows wraps around when it repeats", () => {
  expect([following(queueOf("abc", 1), false), following(queueOf("abc", 2), false), following(queueOf("abc", 2), true), following(queueOf("", -1), true)]).toEqual([2, undefined, 0, undefined]);
});
