import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { knew, play, shown, subjectsOf, type Act } from "../testing/editors.ts";
import { compare, emptyCopy, applyToList, itemsOf, mergeInto, resolve, type Copy, type OfflineEdit } from "./index.ts";

const device = fc.nat(3);
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ device, does: fc.constantFrom("add", "add", "move", "remove", "rename"), which: fc.nat(30), where: fc.nat(30), n: fc.integer({ min: 1, max: 3 }), wall: fc.nat(60) }) },
  { weight: 2, arbitrary: fc.record({ device, does: fc.constant("meet"), other: device }) },
);
const history = fc.tuple(fc.array(act, { minLength: 4, maxLength: 30 }), fc.integer({ min: 2, max: 4 })).map(([acts, devices]) => play(acts, devices));
/** A history, and its edits in an order and in batches of chance, some twice. */
const delivered = history.chain((told) => fc.tuple(fc.constant(told), fc.shuffledSubarray([...told.edits, ...told.edits.slice(0, 5)], { minLength: told.edits.length + Math.min(5, told.edits.length) }), fc.integer({ min: 1, max: 7 })));

function copyOf(...batches: readonly (readonly OfflineEdit[])[]): Copy {
  const copy = emptyCopy();
  for (const batch of batches) mergeInto(copy, batch);
  return copy;
}

/** An order that a server could see: each edit after what it rests on, edits of different devices mixed by chance. */
function causal(edits: readonly OfflineEdit[], order: readonly OfflineEdit[]): OfflineEdit[] {
  const left = order.filter((edit, i) => order.indexOf(edit) === i);
  const out: OfflineEdit[] = [];
  while (left.length > 0) out.push(...left.splice(left.findIndex((edit) => edits.every((other) => other === edit || out.includes(other) || !knew(edit, other))), 1));
  return out;
}

const rename = (name: string, from: string, clock: Record<string, number>, at: number): OfflineEdit => ({ type: "rename", opId: name, name, by: from, device: from, clock, at });

describe("merge - copies that saw the same edits", () => {
  test("are equal, whatever the order, the batches and the repetitions", () => {
    fc.assert(
      fc.property(delivered, ([{ copies, edits }, order, size]) => {
        const batches = Array.from({ length: Math.ceil(order.length / size) }, (_, i) => order.slice(i * size, (i + 1) * size));
        const merged = copyOf(...batches);
        expect(merged.waiting).toEqual([]);
        for (const copy of [...copies, copyOf(edits)]) expect(shown(copy)).toEqual(shown(merged));
      }),
      { numRuns: 1_000 },
    );
  });

  test("merging is commutative, associative and idempotent", () => {
    fc.assert(
      fc.property(delivered, ([, order]) => {
        const third = Math.ceil(order.length / 3);
        const [a, b, c] = [order.slice(0, third), order.slice(third, 2 * third), order.slice(2 * third)];
        const expected = shown(copyOf(a, b, c));
        expect(shown(copyOf(c, b, a))).toEqual(expected);
        expect(shown(copyOf(a, [...b, ...c]))).toEqual(expected);
        expect(shown(copyOf(a, a, b, c, b, a))).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  test("an added item is there unless an edit that names it removed it", () => {
    fc.assert(
      fc.property(history, ({ copies: [copy], edits }) => {
        const there = new Set(itemsOf((copy as Copy).list).map(({ itemId }) => itemId));
        const removed = new Set(edits.flatMap((edit) => (edit.type === "remove" ? subjectsOf(edit) : [])));
        const added = edits.flatMap((edit) => (edit.type === "addMany" ? edit.trackIds.map((_, i) => `${edit.opId}-${i}`) : []));
        expect([...there].toSorted()).toEqual(added.filter((id) => !removed.has(id)).toSorted());
      }),
      { numRuns: 500 },
    );
  });
});

describe("merge - concurrency", () => {
  test("an edit is told of concurrent ones exactly when there are some, and of none that is not", () => {
    let reported = 0;
    fc.assert(
      fc.property(delivered, ([{ edits }, order]) => {
        const { list } = emptyCopy();
        const before: OfflineEdit[] = [];
        for (const edit of causal(edits, order)) {
          const resolved = resolve(list, edit, { by: edit.by, now: edit.at, version: list.version + 1 });
          if (resolved === "compact") throw new Error("too many edits for this test");
          const about = new Set(subjectsOf(edit));
          const incomparable = before.filter((other) => compare(edit.clock, other.clock) === "concurrent" && subjectsOf(other).some((subject) => about.has(subject))).map(({ opId }) => opId);
          expect(incomparable).toEqual(expect.arrayContaining([...resolved.concurrentWith]));
          expect(resolved.concurrentWith.length > 0).toBe(incomparable.length > 0);
          reported += resolved.concurrentWith.length;
          applyToList(list, resolved.event, edit.at, list.version + 1);
          before.push(edit);
        }
      }),
      { numRuns: 500 },
    );
    expect(reported).toBeGreaterThan(100);
  });

  test("of two edits of one field the later stands, and one that knew the other always does, however slow its clock", () => {
    const first = rename("first", "phone", { phone: 1 }, 1_000);
    const concurrent = rename("concurrent", "laptop", { laptop: 1 }, 999);
    const knowing = rename("knowing", "tablet", { tablet: 1, phone: 1 }, 5);
    expect(copyOf([first], [concurrent]).list.meta.name).toBe("first");
    expect(copyOf([concurrent], [first]).list.meta.name).toBe("first");
    expect(copyOf([first], [knowing]).list.meta.name).toBe("knowing");
    expect(copyOf([knowing], [first]).list.meta.name).toBe("knowing");
    // It is then later than what the other was later than, in whatever order a third comes.
    for (const copy of [copyOf([first], [knowing], [concurrent]), copyOf([concurrent], [first], [knowing]), copyOf([first], [concurrent], [knowing])]) expect(copy.list.meta.name).toBe("knowing");
  });
});
