import { expect, test } from "@jest/globals";
import { factsOf } from "./testing/presence.ts";
import { Telling } from "./telling.ts";

test("one actor is told one thing at a time, and after it the latest of what came meanwhile, also when telling failed", async () => {
  const told: [string, number][] = [];
  const ends: PromiseWithResolvers<void>[] = [];
  const errors: unknown[] = [];
  const telling = new Telling((userId, { version }) => {
    told.push([userId, version]);
    const end = Promise.withResolvers<void>();
    ends.push(end);
    return end.promise;
  }, (error) => void errors.push(error));

  for (const version of [1, 2, 4, 3]) telling.later("star", factsOf({ version }));
  telling.later("other", factsOf({ version: 9 }));
  expect(told).toEqual([["star", 1], ["other", 9]]);
  ends[0]?.reject(new Error("nobody there"));
  await new Promise(setImmediate);
  expect(told.slice(2)).toEqual([["star", 4]]);
  expect(errors).toHaveLength(1);
  for (const { resolve } of ends) resolve();
  await new Promise(setImmediate);
  telling.later("star", factsOf({ version: 5 }));
  expect(told.slice(3)).toEqual([["star", 5]]);
});
