/** The map of what is under way, beside Map: the same to those who use it, not to the collector. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { ServiceBroker } from "moleculer";
import { actorMiddleware } from "./middleware.ts";
import { PendingMap } from "./pending-map.ts";

type Collect = (options?: { readonly type: "minor" | "major" }) => void;

interface MapOf<K, V> {
  set(key: K, value: V): unknown;
  delete(key: K): boolean;
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as Collect;

/** Bytes that scavenges leave behind when so many entries have come and gone, 100 at a time under way. */
function leftBy(map: MapOf<number, object>): number {
  const entries = 20_000;
  const underWay = 100;
  const kept: object[] = [];
  const come = (key: number) => map.set(key, { key, with: Array.from({ length: 100 }, () => key) });
  for (let key = 0; key < underWay; key++) come(key);
  // The table is in the old generation from here on.
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let key = underWay; key < entries; key++) {
    come(key);
    map.delete(key - underWay);
    if (key % 1_000 === 0) collect({ type: "minor" });
  }
  collect({ type: "minor" });
  kept.push(map);
  return process.memoryUsage().heapUsed - before;
}

describe("a map of what is under way -", () => {
  test("holds what a Map holds, in its order", () => {
    const key = fc.integer({ min: 0, max: 300 });
    const steps = fc.array(fc.oneof(fc.record({ set: key, value: fc.nat() }), fc.record({ delete: key })), { minLength: 200, maxLength: 2_000, size: "max" });
    fc.assert(
      fc.property(steps, (all) => {
        const [ours, theirs] = [new PendingMap<number, number>(), new Map<number, number>()];
        for (const step of all) {
          if ("set" in step) {
            ours.set(step.set, step.value);
            theirs.set(step.set, step.value);
          } else expect(ours.delete(step.delete)).toBe(theirs.delete(step.delete));
          expect(ours.size).toBe(theirs.size);
        }
        const seen: [number, number][] = [];
        ours.forEach((value, of) => seen.push([of, value]));
        expect(seen).toEqual([...theirs]);
        expect([...ours.keys()]).toEqual([...theirs.keys()]);
        for (const [of, value] of theirs) expect([ours.has(of), ours.get(of)]).toEqual([true, value]);
      }),
      { numRuns: 50 },
    );
  });

  test("entries may be deleted while it is gone through", () => {
    const map = new PendingMap<number, number>();
    for (let n = 0; n < 500; n++) map.set(n, n);
    const seen: number[] = [];
    for (const key of map.keys()) {
      seen.push(key);
      map.delete(key);
      map.delete(key + 1);
    }
    expect([seen.length, map.size]).toEqual([250, 0]);
  });

  test("keeps nothing of what is over, where a Map keeps it until the next full collection", () => {
    const ours = leftBy(new PendingMap());
    const theirs = leftBy(new Map());
    expect(ours).toBeLessThan(2e6);
    // When this fails, V8 has mended it: both this class and its decision can go.
    expect(theirs).toBeGreaterThan(5e6);
  });

  test("a broker's calls that leave its process are in one", () => {
    const broker = new ServiceBroker({ logger: false, transporter: "Fake", middlewares: [actorMiddleware()] });
    expect(broker.transit).toHaveProperty("pendingRequests", expect.any(PendingMap));
  });
});
