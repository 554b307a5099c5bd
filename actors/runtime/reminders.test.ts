/** Reminders on the runtime itself, over the model of the store; on real nodes: reminders-cluster.test.ts; under faults: test/sim. */
import { describe, expect, test } from "@jest/globals";
import { StorageUnavailable, type ActorStore } from "../../storage/index.ts";
import { ReminderFailed, type Limits } from "./index.ts";
import { bells, tower } from "./testing/bells.ts";

const minuteMs = 60_000;

/** A store whose next append fails, before its effect or after it. */
function failing(store: ActorStore, next: { fails: "before" | "after" | undefined }): ActorStore {
  return {
    ...store,
    async append(...given) {
      const { fails } = next;
      next.fails = undefined;
      if (fails === "before") throw new StorageUnavailable("as planned");
      await store.append(...given);
      if (fails === "after") throw new StorageUnavailable("as planned");
    },
  };
}

describe("reminders -", () => {
  test("one that is due has its effect then, once, and is gone", async () => {
    const { join, ask, rung, reminders, clock, lateMs } = tower();
    await join("a");
    const at = clock.wall() + minuteMs;
    expect(await ask("x", { opId: "1", reminders: [{ name: "ring", at }] })).toEqual({ ok: null });
    expect(await reminders("x")).toEqual([{ name: "ring", dueAt: at, nextAt: at, seq: 1, failures: 0 }]);
    await clock.pass(at - clock.wall() - 10);
    expect(await rung("x")).toEqual(["asked 1"]);
    await clock.pass(20);
    expect(await rung("x")).toEqual(["asked 1", "ring"]);
    expect(await reminders("x")).toEqual([]);
    await clock.pass(10 * minuteMs);
    expect(await rung("x")).toEqual(["asked 1", "ring"]);
    expect(lateMs).toHaveLength(1);
    expect(lateMs[0]).toBeLessThan(10);
  });

  test("cancelled it has none, set anew it has its effect at the new time alone", async () => {
    const { join, ask, rung, reminders, clock } = tower();
    await join("a");
    const at = clock.wall() + 1_000;
    await ask("x", { opId: "1", reminders: [{ name: "ring", at }, { name: "twice", at }] });
    await ask("x", { opId: "2", reminders: [{ name: "ring", at: undefined }, { name: "twice", at: at + minuteMs }, { name: "never", at: undefined }] });
    await clock.pass(minuteMs);
    expect(await rung("x")).toEqual(["asked 1", "asked 2"]);
    await clock.pass(2_000);
    expect(await rung("x")).toEqual(["asked 1", "asked 2", "twice", "twice again"]);
    // For the same time once more: another reminder all the same.
    await ask("x", { opId: "3", reminders: [{ name: "twice", at: at + minuteMs }] });
    await clock.pass(100);
    expect((await rung("x")).slice(-2)).toEqual(["twice", "twice again"]);
    expect(await reminders("x")).toEqual([]);
  });

  test("what may not be asked for is refused, and nothing has happened", async () => {
    const { join, ask, rung, reminders, clock } = tower();
    await join("a");
    const at = clock.wall() + 1_000;
    const wrong: readonly { readonly name: string; readonly at: number }[][] = [
      [{ name: "", at }], [{ name: "x".repeat(41), at }], [{ name: "ring", at: 0.5 }], [{ name: "ring", at: Number.NaN }], Array.from({ length: 9 }, (_, n) => ({ name: `ring ${n}`, at })),
    ];
    for (const [n, asked] of wrong.entries()) expect(await ask("x", { opId: `${n}`, reminders: asked })).toMatchObject({ error: { name: "ReminderRefused", code: 422, type: "REMINDER_REFUSED" } });
    expect(await ask("x", { opId: "silent", isSilent: true, reminders: [{ name: "ring", at }] })).toMatchObject({ error: { type: "REMINDER_REFUSED" } });
    // An id that a reminder's own event will have.
    expect(await ask("x", { opId: "~r1.0 ring" })).toMatchObject({ error: { type: "TOO_LARGE" } });
    for (let n = 0; n < 100; n++) await ask("full", { opId: `${n}`, reminders: [{ name: `ring ${n}`, at: at + minuteMs }] });
    expect(await ask("full", { opId: "more", reminders: [{ name: "one more", at }] })).toMatchObject({ error: { type: "REMINDER_REFUSED" } });
    expect(await ask("full", { opId: "instead", reminders: [{ name: "ring 7", at: undefined }, { name: "one more", at: at + minuteMs }] })).toEqual({ ok: null });
    await clock.pass(5_000);
    expect([await rung("x"), await reminders("x")]).toEqual([[], []]);
    expect(await reminders("full")).toHaveLength(100);
    const { reminded: _none, ...deaf } = bells;
    const silent = tower({}, deaf);
    await silent.join("a");
    expect(await silent.ask("x", { opId: "1", reminders: [{ name: "ring", at }] })).toMatchObject({ error: { type: "REMINDER_REFUSED" } });
  });

  test("a turn that decides nothing or refuses ends it, one that sets reminders has those; listeners hear of events alone", async () => {
    const told: number[] = [];
    const { join, ask, rung, reminders, clock, failures } = tower({}, { ...bells, committed: (_key, version, events) => told.push(...events.map(({ seq }) => seq), version) });
    await join("a");
    const at = clock.wall() + 100;
    await ask("x", { opId: "1", reminders: ["nothing", "refuse", "again"].map((name) => ({ name, at })) });
    await clock.pass(3_600);
    expect((await reminders("x")).map(({ name }) => name)).toEqual(["again"]);
    expect(await rung("x")).toEqual(["asked 1", "ring", "ring", "ring", "ring"]);
    expect(failures).toEqual([]);
    expect(told).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
  });

  test("a turn that fails is tried again, more and more rarely, is told of each time, and stays at last as a row", async () => {
    const { join, ask, reminders, clock, failures } = tower({ reminderAttempts: 4, reminderRetryMs: 1_000, reminderRetryMaxMs: 2_000 });
    const node = await join("a");
    const at = clock.wall() + 100;
    await ask("x", { opId: "1", reminders: [{ name: "throw", at }, { name: "many", at }] });
    await clock.pass(200);
    expect(await reminders("x")).toMatchObject([{ name: "many", failures: 1 }, { name: "throw", dueAt: at, failures: 1, nextAt: expect.any(Number) }]);
    await clock.pass(1_000);
    expect(await reminders("x")).toMatchObject([{ failures: 2 }, { failures: 2 }]);
    await clock.pass(1_500);
    expect(await reminders("x")).toMatchObject([{ failures: 2 }, { failures: 2 }]);
    await clock.pass(60_000);
    expect(await reminders("x")).toMatchObject([{ name: "many", failures: 4, nextAt: null }, { name: "throw", failures: 4, nextAt: null }]);
    expect(failures).toHaveLength(8);
    expect(failures.at(-1)).toBeInstanceOf(ReminderFailed);
    expect(String(failures.at(-1))).toMatch(/of bells\/x failed 4 times: nobody tries any more/);
    expect((failures.find((error) => String(error).includes('"throw"')) as Error).cause).toMatchObject({ message: "a mistake" });
    // Also in the next life of the actor; and set anew it is as any other.
    node.crash();
    await join("a");
    await clock.pass(minuteMs);
    expect(failures).toHaveLength(8);
    await ask("x", { opId: "2", reminders: [{ name: "throw", at: clock.wall() }] });
    await clock.pass(500);
    expect(await reminders("x")).toMatchObject([{ failures: 4 }, { failures: 1, nextAt: expect.any(Number) }]);
  });

  test("a turn whose events cannot be applied fails like any other, and the actor answers all the same", async () => {
    const { join, ask, rung, reminders, clock, failures } = tower({ reminderAttempts: 2, reminderRetryMs: 1_000 });
    await join("a");
    await ask("x", { opId: "1", reminders: [{ name: "break", at: clock.wall() + 100 }, { name: "ring", at: clock.wall() + 200 }] });
    await clock.pass(minuteMs);
    expect(await rung("x")).toEqual(["asked 1", "ring"]);
    expect(await reminders("x")).toMatchObject([{ name: "break", failures: 2, nextAt: null }]);
    expect(failures.filter((error) => error instanceof ReminderFailed)).toHaveLength(2);
  });

  for (const fails of ["before", "after"] as const) {
    test(`an append that fails ${fails} its effect delays it: the effect comes once`, async () => {
      const next: { fails: "before" | "after" | undefined } = { fails: undefined };
      const { join, ask, rung, reminders, clock } = tower();
      await join("a", (store) => failing(store, next));
      await ask("x", { opId: "1", reminders: [{ name: "ring", at: clock.wall() + 100 }, { name: "nothing", at: clock.wall() + 8_000 }] });
      next.fails = fails;
      await clock.pass(7_000);
      expect(await rung("x")).toEqual(["asked 1", "ring"]);
      next.fails = fails;
      await clock.pass(minuteMs);
      expect(await reminders("x")).toEqual([]);
    });
  }

  test("a shard is not given away while the end of a reminder is on its way, with no event", async () => {
    const held: (() => void)[] = [];
    let isHeld = false;
    const { join, ask, reminders, clock, failures } = tower();
    const node = await join("a", (store) => ({
      ...store,
      async append(...given) {
        if (isHeld) await new Promise<void>((resolve) => void held.push(resolve));
        await store.append(...given);
      },
    }));
    await ask("x", { opId: "1", reminders: [{ name: "nothing", at: clock.wall() + 1_000 }] });
    isHeld = true;
    await clock.pass(1_100);
    let isDrained = false;
    const drained = node.host.drain(node.membership.owned()).then(() => (isDrained = true));
    await clock.pass(500);
    expect([held.length, isDrained]).toEqual([1, false]);
    for (const go of held) go();
    await clock.pass(10);
    expect(isDrained).toBe(true);
    await drained;
    expect([await reminders("x"), failures]).toEqual([[], []]);
  });

  test("a node that dies leaves its reminders to another, one that stops too", async () => {
    const { join, ask, rung, reminders, clock } = tower();
    const keys = Array.from({ length: 40 }, (_, n) => `k${n}`);
    const [a, b] = [await join("a"), await join("b")];
    await clock.pass(2_000);
    expect(Math.min(a.membership.owned().length, b.membership.owned().length)).toBeGreaterThan(50);
    for (const key of keys) await ask(key, { opId: "1", reminders: [{ name: "ring first", at: clock.wall() + 5_000 }, { name: "ring then", at: clock.wall() + 60_000 }] });
    a.crash();
    await clock.pass(20_000);
    for (const key of keys) expect(await rung(key)).toEqual(["asked 1", "ring first"]);
    await join("c");
    await clock.pass(5_000);
    const stopped = b.stop();
    await clock.pass(60_000);
    await stopped;
    for (const key of keys) expect(await rung(key)).toEqual(["asked 1", "ring first", "ring then"]);
    for (const key of keys) expect(await reminders(key)).toEqual([]);
  });

  test("after an outage all that was due comes, never more at once than may be, and no more are held", async () => {
    const small: Partial<Limits> = { remindersHeld: 5, remindersAtOnce: 2 };
    const { join, ask, rung, clock } = tower(small);
    const node = await join("a");
    const keys = Array.from({ length: 60 }, (_, n) => `k${n}`);
    const at = clock.wall() + 30_000;
    for (const [n, key] of keys.entries()) await ask(key, { opId: "1", reminders: [{ name: "ring", at: at + n }] });
    node.crash();
    await clock.pass(60_000);
    const atOnce = new Set<number>();
    let looks = 0;
    await join("a", (store) => ({
      ...store,
      // What is being delivered is in one append at most.
      async append(lease, events, reminders = []) {
        atOnce.add(reminders.length);
        await store.append(lease, events, reminders);
      },
      async dueReminders(shards, until, limit) {
        looks += 1;
        expect(limit).toBe(5);
        return store.dueReminders(shards, until, limit);
      },
    }));
    await clock.pass(5_000);
    for (const key of keys) expect(await rung(key)).toEqual(["asked 1", "ring"]);
    expect(Math.max(...atOnce)).toBe(2);
    expect(looks).toBeGreaterThanOrEqual(12);
  });

  test("while the store does not say what is due, lateness shows it; then they come", async () => {
    let isAway = false;
    const { join, ask, rung, clock, failures } = tower();
    const node = await join("a", (store) => ({ ...store, dueReminders: (...given) => (isAway ? Promise.reject(new StorageUnavailable("away")) : store.dueReminders(...given)) }));
    await ask("x", { opId: "1", reminders: [{ name: "ring", at: clock.wall() + 60_000 }] });
    expect(node.reminders.latenessMs()).toBe(0);
    isAway = true;
    await clock.pass(90_000);
    expect(node.reminders.latenessMs()).toBeGreaterThan(70_000);
    expect(failures.length).toBeGreaterThan(10);
    isAway = false;
    await clock.pass(6_000);
    expect(await rung("x")).toEqual(["asked 1", "ring"]);
    expect(node.reminders.latenessMs()).toBe(0);
  });

  test("an actor that waits for long is not in memory, nor is its reminder", async () => {
    const { join, ask, rung, clock } = tower({ passivateAfterMs: 30_000 });
    const node = await join("a");
    await ask("x", { opId: "1", reminders: [{ name: "ring", at: clock.wall() + 3_600_000 }] });
    await clock.pass(1_800_000);
    expect([node.host.activations.size, node.reminders.held]).toEqual([0, 0]);
    await clock.pass(1_800_100);
    expect(await rung("x")).toEqual(["asked 1", "ring"]);
  });

  test("a wall clock that goes back keeps one waiting, not more", async () => {
    const { join, ask, rung, clock } = tower();
    await join("a");
    await ask("x", { opId: "1", reminders: [{ name: "ring", at: clock.wall() + 2_000 }] });
    clock.wrongBy = -30_000;
    await clock.pass(10_000);
    expect(await rung("x")).toEqual(["asked 1"]);
    clock.wrongBy = 0;
    await clock.pass(6_000);
    expect(await rung("x")).toEqual(["asked 1", "ring"]);
  });
});
