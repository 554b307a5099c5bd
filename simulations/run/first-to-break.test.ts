import { expect, test } from "@jest/globals";
import { firstToBreak, headroomOf, isOfService, type Rankable } from "./first-to-break.ts";

const used = (name: string, meanUtilisation: number, meanQueue = 0, within?: string): Rankable => ({ name, meanUtilisation, meanQueue, headroom: headroomOf(meanUtilisation), ...(within === undefined ? {} : { within }) });
const named = (resources: readonly Rankable[]) => firstToBreak(resources).map(({ name }) => name);

test("of resources that are not full, the fullest, however many wait for another", () => {
  expect(named([used("a", 0.3, 9), used("b", 0.6), used("c", 0)])).toEqual(["b", "a", "c"]);
});

test("an actor that fills its node goes before the node; one among many does not", () => {
  const loop = used("node-1, event loop", 0.97);
  const actor = (part: number) => used("actor p1", part, 0, loop.name);
  expect(named([loop, actor(0.85)])).toEqual(["actor p1", loop.name]);
  expect(named([loop, actor(0.2)])).toEqual([loop.name, "actor p1"]);
});

test("an actor does not fill a node that has room", () => {
  expect(named([used("node-1", 0.5), used("actor p1", 0.45, 0, "node-1"), used("redis", 0.48)])).toEqual(["node-1", "redis", "actor p1"]);
});

test("of full ones, that for which many more wait; else the fuller", () => {
  expect(named([used("loop", 1), used("pool", 0.92, 40)])).toEqual(["pool", "loop"]);
  expect(named([used("a", 0.93), used("b", 0.99)])).toEqual(["b", "a"]);
  expect(named([used("a", 0.93, 6), used("b", 0.99, 5)])).toEqual(["b", "a"]);
});

test("a model says how much too much a load is: what is full at half of it breaks before what all of it fills", () => {
  expect(named([{ name: "full", meanUtilisation: 1, meanQueue: 900, headroom: 1 }, { name: "twice", meanUtilisation: 0.4, meanQueue: 3, headroom: 0.5 }, { name: "never", meanUtilisation: 0.1, meanQueue: 0, headroom: Infinity }])).toEqual(["twice", "full", "never"]);
});

test("generators and their machine are not what is planned", () => {
  expect((["node", "host", "generator", "postgresql"] as const).filter((kind) => isOfService({ kind }))).toEqual(["node", "postgresql"]);
});
