import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { Batches, type Batched } from "./batches.ts";

interface Member extends Batched {
  readonly name: number;
}

/** Members with a clock by hand; `frames` holds when whom what was given. */
function batches(members: number, chunk = 1_000) {
  const frames: { at: number; to: number; changes: string[] }[] = [];
  const timers: { at: number; run: () => void }[] = [];
  let now = 1_000;
  const kept = new Batches<Member>({
    everyMs: 100,
    chunk,
    give: (member, changes) => void frames.push({ at: now, to: member.name, changes: [...changes] }),
    now: () => now,
    after: (ms, run) => void timers.push({ at: now + ms, run }),
  });
  const all = Array.from({ length: members }, (_, name): Member => ({ name, sentMs: Number.NEGATIVE_INFINITY, pending: undefined }));
  const add = (to: number, source: string, change: string) => {
    const member = all[to];
    if (member !== undefined && kept.mayGoNow(member, source, change)) frames.push({ at: now, to, changes: [change] });
  };
  const pass = (ms: number) => {
    for (const end = now + ms; ; ) {
      const [next] = timers.toSorted((a, b) => a.at - b.at);
      if (next === undefined || next.at > end) {
        now = end;
        return;
      }
      timers.splice(timers.indexOf(next), 1);
      now = next.at;
      next.run();
    }
  };
  return { frames, timers, kept, all, add, pass };
}

describe("batches -", () => {
  test("the first change goes at once, later ones together after the interval, each source's last", () => {
    const { frames, add, pass, timers } = batches(1);
    add(0, "a", "a1");
    pass(20);
    for (const [source, change] of [["a", "a2"], ["b", "b1"], ["a", "a3"]] as const) add(0, source, change);
    pass(79);
    expect(frames).toEqual([{ at: 1_000, to: 0, changes: ["a1"] }]);
    pass(21);
    expect(frames.slice(1)).toEqual([{ at: expect.any(Number), to: 0, changes: ["a3", "b1"] }]);
    pass(100);
    add(0, "c", "c1");
    expect(frames.at(-1)).toEqual({ at: 1_220, to: 0, changes: ["c1"] });
    expect(timers).toEqual([]);
  });

  test("what was cleared is not given, what comes after is", () => {
    const { frames, kept, all, add, pass } = batches(1);
    for (const change of ["1", "2"]) add(0, "a", change);
    for (const member of all) kept.clear(member);
    add(0, "b", "3");
    pass(200);
    expect(frames.map(({ changes }) => changes)).toEqual([["1"], ["3"]]);
  });

  test("many who are due at once are given to some at a time", () => {
    const { frames, add, pass } = batches(50, 20);
    for (let n = 0; n < 50; n++) for (const change of ["1", "2"]) add(n, "a", change);
    pass(110);
    expect(frames.length).toBe(100);
  });

  test("nobody hears more often than the interval says, nor later than two steps after it, and everybody ends with the last", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ wait: fc.nat(60), to: fc.nat(4), source: fc.constantFrom("a", "b", "c") }), { maxLength: 80 }), (events) => {
        const { frames, add, pass } = batches(5);
        const last = new Map<string, string>();
        const added: { at: number; key: string; change: string }[] = [];
        let at = 1_000;
        for (const [n, { wait, to, source }] of events.entries()) {
          pass(wait);
          at += wait;
          add(to, source, `${source}${n}`);
          last.set(`${to}${source}`, `${source}${n}`);
          added.push({ at, key: `${to}${source}`, change: `${source}${n}` });
        }
        pass(1_000);
        const seen = new Map<string, string>();
        const before = new Map<number, number>();
        for (const { at: sentAt, to, changes } of frames) {
          expect(sentAt - (before.get(to) ?? 0)).toBeGreaterThanOrEqual(100);
          before.set(to, sentAt);
          for (const change of changes) {
            expect(sentAt - (added.find((one) => one.change === change)?.at ?? 0)).toBeLessThan(120);
            seen.set(`${to}${change[0] ?? ""}`, change);
          }
        }
        expect(seen).toEqual(last);
      }),
      { numRuns: 300 },
    );
  });
});
