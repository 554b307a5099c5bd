/** The engine against closed forms with few customers; `npm run bench -- engine` does it with 3 million. */
import { describe, expect, test } from "@jest/globals";
import { runReplications } from "./index.ts";
import { check, queues } from "./testing/queues.ts";

/** Relative. Among 200,000 customers at these loads the tail is seen only a few times over: the interval of 99 % is the sharper test. */
const toleranceOf = (name: string) => (name.includes("p99") ? 0.1 : 0.05);
const module = new URL("testing/queues.ts", import.meta.url);
const run = (queue: string, workers: number, seed = 1, customers = 200_000) => runReplications({ module, seed, replications: 8, workers, input: { queue, customers, replications: 8 } });

/** The whole result as text, with every bucket of every histogram. */
const bytes = async (workers: number, seed?: number) => JSON.stringify((await run("priority", workers, seed, 8_000)).merged, (_, value: unknown) => (ArrayBuffer.isView(value) ? [...(value as Float64Array)] : value));

describe("theory -", () => {
  test.each(Object.keys(queues))("%s is as its closed form says", async (queue) => {
    for (const { name, error, isInside } of check(queue, await run(queue, 0))) expect({ name, isNear: Math.abs(error) < toleranceOf(name), isInside, error }).toEqual({ name, isNear: true, isInside: true, error });
  });

  test("the same seed gives the same bytes, with one thread, with four and with none; another seed others", async () => {
    const none = await bytes(0);
    expect([await bytes(0), await bytes(1), await bytes(4)]).toEqual([none, none, none]);
    expect(await bytes(0, 2)).not.toBe(none);
  });

  test("the first events are those of every version", async () => {
    expect((await run("M/M/1", 0, 1, 8_000)).merged.hash).toMatchInlineSnapshot(`"41fdca40"`);
  });

  test("a replication that throws ends the others and is told of", async () => {
    await expect(run("no such queue", 2)).rejects.toThrow("there is no queue no such queue");
  });
});
