/** What every ActorStore promises of reminders. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { InvalidKey, SequenceConflict, type ActorStore, type Reminder, type ReminderChange } from "../../storage/index.ts";
import { expired, fresh, isFenced, node, type ActorStoreUnderTest, type Node } from "./actor-store.contract.ts";

const longMs = 60_000;
const noon = 1_763_800_000_000;

const reminder = (name: string, dueAt: number, more: Partial<Reminder> = {}): Reminder => ({ name, dueAt, seq: 1, failures: 0, nextAt: dueAt, ...more });

/** A change of a reminder of `actor` (of the node's first shard); null: forgotten. */
function change({ type, owned }: Node, actor: string, name: string, to: Reminder | null, n = 0): ReminderChange {
  const shard = `${type}/${n}`;
  const { dueAt = 0, failures = 0, nextAt = null } = to ?? {};
  return { actor, shard, epoch: owned.get(shard) ?? 0, name, seq: to?.seq ?? 1_000, to: to && { dueAt, failures, nextAt } };
}

const set = (of: Node, actor: string, to: Reminder, n = 0) => change(of, actor, to.name, to, n);

export function actorStoreReminders(name: string, start: () => Promise<ActorStoreUnderTest>): void {
  describe(`actor store, reminders - ${name}`, () => {
    let under: ActorStoreUnderTest;
    let store: ActorStore;
    let other: ActorStore;

    beforeAll(async () => {
      under = await start();
      [store, other] = await Promise.all([under.open(), under.open()]);
    });

    afterAll(() => under?.close());

    const remindersOf = async (actor: string) => (await other.load(actor)).reminders;
    const due = async (of: Node, until: number, limit = 100) => (await other.dueReminders([...of.owned.keys()], until, limit)).reminders.map(({ actor, name: one }) => `${actor.slice(of.type.length + 1)} ${one}`);

    test("set with an event - is there with it, by its name, as it was set; set again it takes the place of the first", async () => {
      const writer = await node(store);
      const a = `${writer.type}/a`;
      const [end, later] = [reminder("end ☃", noon, { seq: 1 }), reminder("later", noon + 5, { seq: 1, failures: 3, nextAt: null })];
      await store.append(writer.lease, [writer.event(a, 1)], [set(writer, a, later), set(writer, a, end)]);
      expect(await other.load(a)).toMatchObject({ events: [{ seq: 1 }], reminders: [end, later] });
      expect(await remindersOf(`${writer.type}/b`)).toEqual([]);
      const again = reminder("end ☃", noon + 9, { seq: 2, failures: 1, nextAt: noon + 99 });
      await store.append(writer.lease, [writer.event(a, 2)], [set(writer, a, again)]);
      expect(await remindersOf(a)).toEqual([again, later]);
      await store.append(writer.lease, [writer.event(a, 3)], [change(writer, a, "later", null), change(writer, a, "never was", null)]);
      expect(await remindersOf(a)).toEqual([again]);
    });

    test("of several changes of one reminder - the last counts, and each actor has its own", async () => {
      const writer = await node(store);
      const [a, b] = [`${writer.type}/a`, `${writer.type}/b`];
      await store.append(writer.lease, [], [set(writer, a, reminder("x", noon)), set(writer, b, reminder("x", noon + 1)), change(writer, a, "x", null), set(writer, a, reminder("x", noon + 2)), change(writer, b, "x", null)]);
      expect([await remindersOf(a), await remindersOf(b)]).toEqual([[reminder("x", noon + 2)], []]);
      await store.append(writer.lease, [], [change(writer, a, "x", null)]);
      expect(await remindersOf(a)).toEqual([]);
    });

    test("one that was set at a later event - is not touched by who does not know of that", async () => {
      const writer = await node(store);
      const a = `${writer.type}/a`;
      const later = reminder("x", noon, { seq: 5 });
      await store.append(writer.lease, [], [set(writer, a, later)]);
      await store.append(writer.lease, [], [{ ...change(writer, a, "x", null), seq: 4 }]);
      await store.append(writer.lease, [], [set(writer, a, reminder("x", noon + 1, { seq: 4 }))]);
      expect(await remindersOf(a)).toEqual([later]);
      await store.append(writer.lease, [], [set(writer, a, reminder("x", noon + 1, { seq: 5 }))]);
      await store.append(writer.lease, [], [{ ...change(writer, a, "x", null), seq: 5 }]);
      expect(await remindersOf(a)).toEqual([]);
    });

    test("a conflict of events - leaves the reminders as they were, and the other way round", async () => {
      const writer = await node(store);
      const a = `${writer.type}/a`;
      await store.append(writer.lease, [writer.event(a, 1, { opId: "x" })], [set(writer, a, reminder("kept", noon))]);
      for (const event of [writer.event(a, 1), writer.event(a, 2, { opId: "x" })]) {
        await expect(store.append(writer.lease, [event], [change(writer, a, "kept", null), set(writer, a, reminder("new", noon))])).rejects.toThrow(SequenceConflict);
      }
      await expect(store.append(writer.lease, [writer.event(a, 2, { body: "{" })], [change(writer, a, "kept", null)])).rejects.toThrow(InvalidKey);
      expect(await remindersOf(a)).toEqual([reminder("kept", noon)]);
    });

    test("a stale owner - can neither set nor end one, with events or without", async () => {
      const dead = await node(store, { leaseMs: 20, shards: 2 });
      const heir = await other.join(fresh("node-"), [dead.type], longMs);
      const a = `${dead.type}/a`;
      await store.append(dead.lease, [dead.event(a, 1)], [set(dead, a, reminder("end", noon))]);
      await expired(store, dead.lease);
      const [taken] = await other.claim(heir, [`${dead.type}/0`]);
      const epoch = taken?.epoch ?? 0;
      for (const late of [change(dead, a, "end", null), set(dead, a, reminder("end", noon + 1)), set(dead, a, reminder("end", noon + 1), 1)]) {
        await isFenced(store.append(dead.lease, [], [late]));
        await isFenced(store.append(dead.lease, [dead.event(a, 2)], [late]));
      }
      expect(await other.load(a)).toMatchObject({ events: [{ seq: 1 }], reminders: [reminder("end", noon)] });
      // The heir's own epoch, of a shard that it does not own, or another epoch.
      const mine = { ...change(dead, a, "end", null), epoch };
      for (const wrong of [{ ...mine, epoch: epoch + 1 }, { ...mine, shard: `${dead.type}/1`, epoch: 1 }]) await expect(other.append(heir, [], [wrong])).rejects.toMatchObject({ name: "Fenced", what: wrong.shard, epoch: wrong.epoch });
      await other.append(heir, [], [mine]);
      expect(await remindersOf(a)).toEqual([]);
    });

    test("a shard given up - takes nothing of its owner any more", async () => {
      const writer = await node(store);
      const a = `${writer.type}/a`;
      await store.append(writer.lease, [writer.event(a, 1)], [set(writer, a, reminder("end", noon))]);
      await store.release(writer.lease, [`${writer.type}/0`]);
      await isFenced(store.append(writer.lease, [], [change(writer, a, "end", null)]));
      expect(await remindersOf(a)).toEqual([reminder("end", noon)]);
    });

    test("due - are those of the shards asked for, until then, in order of time; not those that nobody tries any more", async () => {
      const writer = await node(store, { shards: 3 });
      const [a, b, c] = ["a", "b", "c"].map((key) => `${writer.type}/${key}`) as [string, string, string];
      await store.append(writer.lease, [], [
        set(writer, a, reminder("third", noon + 3)), set(writer, a, reminder("first", noon + 1)), set(writer, b, reminder("second", noon + 2), 1), set(writer, b, reminder("late", noon + 10), 1),
        set(writer, c, reminder("elsewhere", noon + 1), 2), set(writer, a, reminder("given up", noon, { failures: 9, nextAt: null })), set(writer, a, reminder("put off", noon, { failures: 1, nextAt: noon + 4 })),
      ]);
      expect(await due(writer, noon)).toEqual([]);
      expect(await other.dueReminders([`${writer.type}/0`, `${writer.type}/1`, `${writer.type}/7`], noon + 9, 10)).toEqual({
        reminders: [
          { actor: a, shard: `${writer.type}/0`, ...reminder("first", noon + 1) },
          { actor: b, shard: `${writer.type}/1`, ...reminder("second", noon + 2) },
          { actor: a, shard: `${writer.type}/0`, ...reminder("third", noon + 3) },
          { actor: a, shard: `${writer.type}/0`, ...reminder("put off", noon, { failures: 1, nextAt: noon + 4 }) },
        ],
        more: false,
      });
      expect(await other.dueReminders([], noon + 9, 10)).toEqual({ reminders: [], more: false });
    });

    test("due - more than asked for come bit by bit, of every shard the earliest, and it says so", async () => {
      const writer = await node(store, { shards: 20 });
      const all = Array.from({ length: 300 }, (_, n) => set(writer, `${writer.type}/${n}`, reminder("x", noon + n), n < 250 ? 0 : 19));
      await store.append(writer.lease, [], all);
      const seen: string[] = [];
      for (let page = 0; page < 100; page++) {
        const { reminders, more } = await other.dueReminders([...writer.owned.keys()], noon + 1_000, 100);
        expect(reminders.length).toBeLessThanOrEqual(100);
        if (reminders.length > 0) {
          const first = Math.min(...all.filter(({ actor }) => !seen.includes(actor)).map(({ to }) => to?.dueAt ?? 0));
          expect(reminders[0]?.dueAt).toBe(first);
          await store.append(writer.lease, [], reminders.map(({ actor, shard, name: one }) => change(writer, actor, one, null, Number(shard.slice(writer.type.length + 1)))));
        }
        seen.push(...reminders.map(({ actor }) => actor));
        if (!more) break;
      }
      expect(new Set(seen).size).toBe(300);
      expect(seen).toHaveLength(300);
    });

    test("what is malformed - is refused, and nothing has happened", async () => {
      const writer = await node(store);
      const a = `${writer.type}/a`;
      const good = reminder("x", noon);
      const bad: [string, Partial<Reminder>][] = [
        ["", {}], ["x".repeat(41), {}], ["\0", {}], ["x", { dueAt: 0 }], ["x", { dueAt: 0.5 }], ["x", { dueAt: Number.NaN }], ["x", { nextAt: -1 }], ["x", { seq: 0 }], ["x", { failures: -1 }], ["x", { failures: 2 ** 31 }],
      ];
      for (const [name, more] of bad) await expect(store.append(writer.lease, [writer.event(a, 1)], [change(writer, a, name, { ...good, ...more })])).rejects.toThrow(InvalidKey);
      await expect(store.append(writer.lease, [], [])).rejects.toThrow(InvalidKey);
      await expect(store.append(writer.lease, [], [{ ...set(writer, a, good), epoch: 0 }])).rejects.toThrow(InvalidKey);
      await expect(store.append(writer.lease, [writer.event(a, 1)], [{ ...set(writer, a, good), epoch: 7 }])).rejects.toThrow(InvalidKey);
      await expect(store.append(writer.lease, [], Array.from({ length: 20_001 }, () => set(writer, a, good)))).rejects.toThrow(InvalidKey);
      for (const [until, limit] of [[0.5, 1], [noon, 0], [noon, 5_001]] as const) await expect(store.dueReminders([`${writer.type}/0`], until, limit)).rejects.toThrow(InvalidKey);
      expect(await store.load(a)).toEqual({ snapshot: undefined, events: [], reminders: [] });
    });
  });
}
