import { expect, test } from "@jest/globals";
import { Telling } from "./telling.ts";

interface Versioned {
  readonly version: number;
}

test("one account is told one thing at a time, and after it the latest of what came meanwhile, also when telling failed", async () => {
  const told: [string, number][] = [];
  const ends: PromiseWithResolvers<void>[] = [];
  const errors: unknown[] = [];
  const telling = new Telling<Versioned>((userId, { version }) => {
    told.push([userId, version]);
    const end = Promise.withResolvers<void>();
    ends.push(end);
    return end.promise;
  }, (error) => void errors.push(error), { most: 10, isLater: (one, other) => one.version > other.version });

  for (const version of [1, 2, 4, 3]) telling.later("star", { version });
  telling.later("other", { version: 9 });
  expect(told).toEqual([["star", 1], ["other", 9]]);
  ends[0]?.reject(new Error("nobody there"));
  await new Promise(setImmediate);
  expect(told.slice(2)).toEqual([["star", 4]]);
  expect(errors).toHaveLength(1);
  for (const { resolve } of ends) resolve();
  await new Promise(setImmediate);
  telling.later("star", { version: 5 });
  expect(told.slice(3)).toEqual([["star", 5]]);
});

test("one that failed is tried again after a pause, unless a later one waits", async () => {
  const told: number[] = [];
  const errors: unknown[] = [];
  const end = Promise.withResolvers<void>();
  const telling = new Telling<Versioned>(async (userId, { version }) => {
    told.push(version);
    if (version === 2) return end.resolve();
    if (told.length === 2) telling.later(userId, { version: 2 });
    throw new Error("nobody there");
  }, (error) => void errors.push(error), { most: 10, againMs: [1, 1, 1] });

  telling.later("star", { version: 1 });
  await end.promise;
  expect(told).toEqual([1, 1, 2]);
  expect(errors).toEqual([]);
});
