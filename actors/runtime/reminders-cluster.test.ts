/** Reminders on real nodes: set on one, delivered by another, over NATS and PostgreSQL. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { measuresOf, resourcesOf } from "../../resources.ts";
import { until } from "../../test/kit/index.ts";
import { shellOf } from "./index.ts";
import { counterService } from "./testing/counter.ts";
import { testCluster, type TestCluster, type TestMember } from "./testing/cluster.ts";

let cluster: TestCluster;
let a: TestMember;
let b: TestMember;
let caller: TestMember;

beforeAll(async () => {
  cluster = await testCluster();
  [a, b, caller] = await Promise.all([cluster.join("a", [counterService]), cluster.join("b", [counterService]), cluster.join("caller")]);
  await until(() => ownedBy(a) + ownedBy(b) === 256 && ownedBy(a) > 90 && ownedBy(b) > 90, 20_000);
}, 60_000);
afterAll(() => cluster?.stop(), 60_000);

interface Value {
  readonly value: number;
  readonly version: number;
}

const ownedBy = (member: TestMember) => shellOf(member.broker).node?.membership.owned().length ?? 0;
const add = (counterId: string) => caller.broker.call<Value, object>("counter.add", { counterId, opId: randomUUID(), amount: 5 });
const reset = (counterId: string, at?: number) => caller.broker.call<Value, object>("counter.reset", { counterId, opId: randomUUID(), ...(at === undefined ? {} : { at }) });
const value = (counterId: string) => caller.broker.call<Value, object>("counter.value", { counterId });
const isHere = (member: TestMember, counterId: string) => shellOf(member.broker).node?.host.activations.has(`counter/${counterId}`) === true;
const remindersOf = async (counterId: string) => (await resourcesOf(caller.broker).ports.actors.load(`counter/${counterId}`)).reminders;

/** Counters at 5 that live on `member`. */
async function countersOn(member: TestMember, name: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; ids.length < count; n++) {
    await add(`${name}-${n}`);
    if (isHere(member, `${name}-${n}`)) ids.push(`${name}-${n}`);
  }
  return ids;
}

describe("reminders over the bus", () => {
  test("one that is due has its effect once; cancelled it has none", async () => {
    await Promise.all([add("x"), add("y")]);
    const at = Date.now() + 300;
    await Promise.all([reset("x", at), reset("y", at)]);
    await reset("y");
    await until(async () => (await value("x")).value === 0, 5_000);
    expect(Date.now()).toBeGreaterThanOrEqual(at);
    expect([await value("x"), await value("y")]).toEqual([{ value: 0, version: 3 }, { value: 5, version: 3 }]);
    expect([await remindersOf("x"), await remindersOf("y")]).toEqual([[], []]);
    const [counted = 0, lateness = Number.NaN] = await Promise.all(
      ["reminders_total", "reminder_lateness_seconds"].map(async (name) => {
        const read = async (member: TestMember) => (await measuresOf(member.broker).find((measure) => measure.name === `ensemble_actor_${name}`)?.read()) ?? Number.NaN;
        return (await read(a)) + (await read(b));
      }),
    );
    expect([counted, lateness]).toEqual([1, 0]);
  });

  test("of a node that is drained, they come on the other", async () => {
    const ids = await countersOn(a, "drained", 10);
    await Promise.all(ids.map((id) => reset(id, Date.now() + 2_000)));
    shellOf(a.broker).node?.membership.setDraining(true);
    await until(() => ownedBy(b) === 256, 10_000);
    await until(async () => (await Promise.all(ids.map(value))).every((one) => one.value === 0), 10_000);
    expect(await Promise.all(ids.map(value))).toEqual(ids.map(() => ({ value: 0, version: 3 })));
    expect(ids.every((id) => isHere(b, id) && !isHere(a, id))).toBe(true);
    shellOf(a.broker).node?.membership.setDraining(false);
    await until(() => ownedBy(a) > 90, 10_000);
  }, 30_000);

  test("of a node that dies they come on the other, late and once", async () => {
    const ids = await countersOn(a, "killed", 10);
    const at = Date.now() + 1_000;
    await Promise.all(ids.map((id) => reset(id, at)));
    // Nothing is told to anybody: its lease has to end.
    shellOf(a.broker).node?.crash();
    await until(async () => (await Promise.all(ids.map(value))).every((one) => one.value === 0), 20_000);
    expect(await Promise.all(ids.map(value))).toEqual(ids.map(() => ({ value: 0, version: 3 })));
    expect((await Promise.all(ids.map(remindersOf))).flat()).toEqual([]);
    expect(ids.every((id) => isHere(b, id))).toBe(true);
  }, 40_000);
});
