/** docs/guides/write-an-actor.md shows the code that the tests run. */
import { readFile } from "node:fs/promises";
import { expect, test } from "@jest/globals";

const text = (path: string) => readFile(new URL(path, import.meta.url), "utf8");

test("the guide's blocks are the counter's file, whole and in order", async () => {
  const guide = await text("../../docs/guides/write-an-actor.md");
  const blocks = [...guide.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block]) => block ?? "");
  const shown = blocks.slice(0, 3).flatMap((block) => block.split("\n")).filter((line) => line !== "");
  const file = (await text("./testing/counter.ts")).split("\n").filter((line) => line !== "");
  expect(shown).toEqual(file.slice(1));
});
