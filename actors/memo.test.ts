import { describe, expect, test } from "@jest/globals";
import { Memo } from "./memo.ts";

/** A load that the test finishes by hand. */
function manualLoad() {
  const waiting: PromiseWithResolvers<{ n: number }>[] = [];
  return {
    waiting,
    load: () => {
      const load = Promise.withResolvers<{ n: number }>();
      waiting.push(load);
      return load.promise;
    },
  };
}

describe("memo", () => {
  test("those who miss together share one load; a hit costs no promise", async () => {
    const { waiting, load } = manualLoad();
    const memo = new Memo({ max: 10, ttlMs: 10_000, load });
    const both = [memo.get("a"), memo.get("a")].map((answer) => Promise.resolve(answer));
    expect(waiting).toHaveLength(1);
    waiting[0]?.resolve({ n: 1 });
    expect(await Promise.all(both)).toEqual([{ n: 1 }, { n: 1 }]);
    expect(memo.get("a")).toEqual({ n: 1 });
  });

  test("what was forgotten while it was being loaded is not kept, and later callers load anew", async () => {
    const { waiting, load } = manualLoad();
    const memo = new Memo({ max: 10, ttlMs: 10_000, load });
    const old = memo.get("a");
    memo.forget("a");
    const fresh = memo.get("a");
    expect(waiting).toHaveLength(2);
    waiting[1]?.resolve({ n: 2 });
    await fresh;
    waiting[0]?.resolve({ n: 1 });
    expect(await old).toEqual({ n: 1 });
    expect(memo.get("a")).toEqual({ n: 2 });
  });

  test("a failed load is told to all who wait and not kept", async () => {
    const { waiting, load } = manualLoad();
    const memo = new Memo({ max: 10, ttlMs: 10_000, load });
    const both = [memo.get("a"), memo.get("a")].map((answer) => Promise.resolve(answer).catch((error: unknown) => error));
    waiting[0]?.reject(new Error("no"));
    expect(await Promise.all(both)).toEqual([new Error("no"), new Error("no")]);
    void Promise.resolve(memo.get("a")).catch(() => undefined);
    expect(waiting).toHaveLength(2);
    waiting[1]?.resolve({ n: 1 });
  });

  test("keeps at most its bounds", async () => {
    let loads = 0;
    const memo = new Memo({ max: 100, ttlMs: 10_000, maxBytes: 20, sizeOf: () => 10, load: async () => ({ n: ++loads }) });
    for (const key of ["a", "b", "c"]) await memo.get(key);
    expect(memo.get("c")).toEqual({ n: 3 });
    expect(memo.get("b")).toEqual({ n: 2 });
    expect(memo.get("a")).toBeInstanceOf(Promise);
  });

  test("a value that took longer to load than it may live is not kept", async () => {
    const { waiting, load } = manualLoad();
    let now = 0;
    const memo = new Memo({ max: 10, ttlMs: 100, load, monotonicNow: () => now });
    const first = memo.get("a");
    now = 100;
    waiting[0]?.resolve({ n: 1 });
    expect(await first).toEqual({ n: 1 });
    expect(memo.get("a")).toBeInstanceOf(Promise);
    waiting[1]?.resolve({ n: 2 });
  });

  test("age counts from before the load began", async () => {
    const { waiting, load } = manualLoad();
    let now = 1_000;
    const memo = new Memo({ max: 10, ttlMs: 100, load, monotonicNow: () => now });
    const first = memo.get("a");
    now = 1_060;
    waiting[0]?.resolve({ n: 1 });
    await first;
    now = 1_100;
    expect(memo.get("a")).toEqual({ n: 1 });
    now = 1_101;
    expect(memo.get("a")).toBeInstanceOf(Promise);
    waiting[1]?.resolve({ n: 2 });
  });
});
