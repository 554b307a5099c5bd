import { expect, test } from "@jest/globals";
import { Caches } from "./caches.ts";

test("hit ratios are of all gateways together since the last look; none when nothing was asked, and a new process begins anew", () => {
  const caches = new Caches();
  const looks = [{ one: [10, 30], other: [0, 0] }, { one: [10, 30], other: [0, 0] }, { one: [13, 31], other: [1, 5] }, { one: [2, 2], other: [1, 5] }];
  const ratios = looks.map((look) => caches.hitRatio(Object.fromEntries(Object.entries(look).map(([name, [hits = 0, misses = 0]]) => [name, { hits, misses }]))));
  expect(ratios).toEqual([0.25, undefined, 0.4, 0.5]);
});
