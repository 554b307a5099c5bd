/** What every Journal adapter promises. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Fenced, InvalidKey, SequenceConflict, type Database, type Journal, type JournalEvent } from "../../storage/index.ts";
import { collect, until } from "../kit/index.ts";

export interface JournalUnderTest {
  readonly journal: Journal;
  /** Of the same server, to hold locks and look behind the port. */
  readonly database: Database;
  close(): Promise<void>;
}

const event = (opId: string, body: unknown = { opId }): JournalEvent => ({ opId, body });

export function journalContract(name: string, start: () => Promise<JournalUnderTest>): void {
  describe(`journal - ${name}`, () => {
    let under: JournalUnderTest;
    let journal: Journal;
    let epoch: number;

    beforeAll(async () => {
      under = await start();
      ({ journal } = under);
      epoch = await journal.claim(7, "node-a", 0);
    });

    afterAll(() => under?.close());

    const append = (actor: string, expectedSeq: number, ...events: JournalEvent[]) => journal.append({ actor, shard: 7, epoch, expectedSeq, events });
    const entries = (actor: string, fromSeq = 1) => collect(journal.read(actor, fromSeq));

    test("append - numbers events from 1 without gaps, and read answers them in order", async () => {
      expect(await append("playlist/a", 0, event("1"), event("2", [1, "zwei", null]))).toEqual([1, 2]);
      expect(await append("playlist/a", 2, event("3", "☃ \u0000"))).toEqual([3]);
      expect(await entries("playlist/a")).toEqual([
        { seq: 1, opId: "1", epoch, body: { opId: "1" } },
        { seq: 2, opId: "2", epoch, body: [1, "zwei", null] },
        { seq: 3, opId: "3", epoch, body: "☃ \u0000" },
      ]);
      expect(await entries("playlist/a", 3)).toHaveLength(1);
      expect(await entries("playlist/a", 4)).toEqual([]);
      expect(await entries("playlist/none")).toEqual([]);
    });

    test("append - a repeated operation answers its first number and writes nothing", async () => {
      await append("playlist/b", 0, event("x"), event("y"));
      expect(await append("playlist/b", 0, event("x"), event("y"))).toEqual([1, 2]);
      expect(await append("playlist/b", 2, event("y", "other"))).toEqual([2]);
      expect(await append("playlist/b", 2, event("x"), event("z"))).toEqual([1, 3]);
      expect((await entries("playlist/b")).map(({ opId, body }) => [opId, body])).toEqual([["x", { opId: "x" }], ["y", { opId: "y" }], ["z", { opId: "z" }]]);
      // The same id is another operation for another actor.
      expect(await append("playlist/b2", 0, event("x"))).toEqual([1]);
    });

    test("append - behind or ahead of the last event is a conflict and writes nothing", async () => {
      await append("playlist/c", 0, event("1"));
      for (const expectedSeq of [0, 2, 100]) await expect(append("playlist/c", expectedSeq, event("2"), event("3"))).rejects.toThrow(SequenceConflict);
      await expect(append("playlist/c", 0, event("1"), event("2"))).rejects.toThrow(SequenceConflict);
      expect(await entries("playlist/c")).toHaveLength(1);
    });

    test("append - of another epoch is fenced, a known operation too", async () => {
      await append("playlist/d", 0, event("1"));
      for (const stale of [epoch - 1, epoch + 1]) {
        await expect(journal.append({ actor: "playlist/d", shard: 7, epoch: stale, expectedSeq: 1, events: [event("2")] })).rejects.toThrow(Fenced);
        await expect(journal.append({ actor: "playlist/d", shard: 7, epoch: stale, expectedSeq: 0, events: [event("1")] })).rejects.toThrow(Fenced);
      }
      await expect(journal.append({ actor: "playlist/d", shard: 8, epoch, expectedSeq: 1, events: [event("2")] })).rejects.toThrow(Fenced);
      await expect(journal.append({ actor: "playlist/d", shard: 256, epoch: 0, expectedSeq: 1, events: [event("2")] })).rejects.toThrow(Fenced);
      expect(await entries("playlist/d")).toHaveLength(1);
    });

    test("append - of one operation many times at once is one event", async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => append("playlist/e", 0, event("once"))));
      expect(answers).toEqual(Array.from({ length: 20 }, () => [1]));
      expect(await entries("playlist/e")).toHaveLength(1);
    });

    test("append - of different operations at one place at once: one is taken, the others conflict", async () => {
      const outcomes = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => append("playlist/f", 0, event(`${index}-a`), event(`${index}-b`))));
      expect(outcomes.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(1);
      for (const outcome of outcomes) if (outcome.status === "rejected") expect(outcome.reason).toBeInstanceOf(SequenceConflict);
      expect(await entries("playlist/f")).toHaveLength(2);
    });

    test("claim - is taken by one of many, and raises the epoch by one", async () => {
      const { epoch: before } = await journal.owner(9);
      const outcomes = await Promise.allSettled(Array.from({ length: 10 }, (_, index) => journal.claim(9, `node-${index}`, before)));
      expect(outcomes.filter((outcome) => outcome.status === "fulfilled").map(({ value }) => value)).toEqual([before + 1]);
      for (const outcome of outcomes) if (outcome.status === "rejected") expect(outcome.reason).toBeInstanceOf(Fenced);
      expect(await journal.owner(9)).toMatchObject({ epoch: before + 1, owner: expect.stringMatching(/^node-\d$/) });
    });

    test("claim - waits for the appends of the old epoch, and a late append finds the new one", async () => {
      const old = await journal.claim(10, "node-a", 0);
      const stale = (opId: string, expectedSeq: number) => journal.append({ actor: "playlist/g", shard: 10, epoch: old, expectedSeq, events: [event(opId)] });
      await stale("1", 0);
      // A claim that has raised the epoch but not committed: the append must wait for it, then be refused.
      let late: Promise<unknown> | undefined;
      await under.database.transaction(async (transaction) => {
        await transaction.query("update shard set epoch = epoch + 1, owner = 'node-b' where id = 10");
        late = expect(stale("2", 1)).rejects.toThrow(Fenced);
        await waitForLock(under.database);
      });
      await late;
      expect(await entries("playlist/g")).toHaveLength(1);

      // An append that is not committed: the claim must wait, so that what its owner then reads is complete.
      const order: string[] = [];
      let claimed: Promise<unknown> | undefined;
      await under.database.transaction(async (transaction) => {
        await transaction.query("select from shard where id = 10 and epoch = $1 for share", [old + 1]);
        claimed = journal.claim(10, "node-c", old + 1).then(() => order.push("claimed"));
        await waitForLock(under.database);
        order.push("appended");
      });
      await claimed;
      expect(order).toEqual(["appended", "claimed"]);
    });

    test("read - answers a long history whole", async () => {
      for (let seq = 0; seq < 3_000; seq += 1_000) await append("playlist/h", seq, ...Array.from({ length: 1_000 }, (_, index) => event(`op-${seq + index}`)));
      const history = await entries("playlist/h");
      expect(history.map(({ seq }) => seq)).toEqual(Array.from({ length: 3_000 }, (_, index) => index + 1));
      expect(history[2_999]?.opId).toBe("op-2999");
    });

    test("bounds - refuses what is malformed or too much, and writes nothing", async () => {
      const good = { actor: "playlist/i", shard: 7, epoch, expectedSeq: 0, events: [event("1")] };
      for (const bad of [
        { ...good, actor: "" },
        { ...good, actor: "x".repeat(201) },
        { ...good, events: [] },
        { ...good, events: Array.from({ length: 1_001 }, (_, index) => event(String(index))) },
        { ...good, events: [event("1"), event("1")] },
        { ...good, events: [event("")] },
        { ...good, events: [event("x".repeat(65))] },
        { ...good, events: [{ opId: "1", body: undefined }] },
        { ...good, events: [event("1", "x".repeat(65_536))] },
        { ...good, expectedSeq: -1 },
        { ...good, epoch: 0.5 },
      ]) {
        await expect(journal.append(bad)).rejects.toThrow(InvalidKey);
      }
      expect(await entries("playlist/i")).toEqual([]);
    });
  });
}

/** Resolves when some statement waits for a lock. */
function waitForLock(database: Database): Promise<void> {
  return until(async () => (await database.query("select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()")).length > 0);
}
