/** What every EventLog promises. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { EventsUnread, InvalidKey, listeningEventTypes, StorageUnavailable, type EventLog, type ListeningEvent, type LoggedEvent } from "../../storage/index.ts";
import { eventAheadMs, eventContextLength, eventDropDays, eventGroupLength, eventIdLength, eventOldestDays, eventPage, eventsAtOnce, eventsWaiting } from "../../storage/limits.ts";
import { until } from "../kit/index.ts";

export interface EventLogUnderTest {
  /** The log as another node opens it, with a clock of its own. */
  open(now?: () => number): Promise<EventLog>;
  close(): Promise<void>;
}

const dayMs = 86_400_000;

export const fresh = (prefix: string) => `${prefix}${randomUUID().slice(0, 8)}`;

export function event(more: Partial<ListeningEvent> = {}): ListeningEvent {
  return { id: fresh("e-"), userId: "u1", type: "progress", at: Date.now(), trackId: "t1", ...more };
}

const key = ({ userId, id }: ListeningEvent) => `${userId} ${id}`;

/** Everything that a group has not read, page after page; it is committed then. */
export async function readAll(log: EventLog, group: string, limit = 1_000): Promise<LoggedEvent[]> {
  const read: LoggedEvent[] = [];
  for (;;) {
    const { events, cursor } = await log.read(group, limit);
    if (cursor === undefined) return read;
    expect(events.length).toBeGreaterThan(0);
    read.push(...events);
    await log.commit(group, cursor);
  }
}

/** As readAll, until the group has read `count`: other tests' transactions may keep events back for a moment. */
export async function readUntil(log: EventLog, group: string, count: number, limit?: number): Promise<LoggedEvent[]> {
  const read: LoggedEvent[] = [];
  await until(async () => {
    read.push(...(await readAll(log, group, limit)));
    return read.length >= count;
  }, 30_000);
  return read;
}

/** A group that has read everything up to now. */
export async function caughtUp(log: EventLog): Promise<string> {
  const [group, last] = [fresh("group-"), event()];
  await log.append([last]);
  const seen = new Set<string>();
  await until(async () => {
    for (const read of await readAll(log, group, eventPage)) seen.add(read.id);
    return seen.has(last.id);
  });
  return group;
}

export function eventLogContract(name: string, start: () => Promise<EventLogUnderTest>): void {
  describe(`event log - ${name}`, () => {
    let under: EventLogUnderTest;
    let log: EventLog;
    let other: EventLog;

    beforeAll(async () => {
      under = await start();
      [log, other] = [await under.open(), await under.open()];
    });

    afterAll(() => under?.close());

    test("append - keeps every type with all that was said of it, and nothing that was not", async () => {
      const group = await caughtUp(log);
      const at = Date.now();
      const events = listeningEventTypes.map((type, n) => event({ id: `e${n}`, type, at: at + n }));
      const whole = event({ userId: "u2 ☃'\"\\", type: "skip", playbackId: "p", deviceId: "d", positionMs: 0, listenedMs: 2 ** 40, context: "album:é" });
      await log.append([...events, whole]);
      const read = await readUntil(other, group, events.length + 1);
      expect(read).toEqual([...events, whole].map((each) => ({ ...each, receivedAt: expect.any(Number) })));
      for (const { receivedAt } of read) expect(Math.abs(receivedAt - Date.now())).toBeLessThan(60_000);
      await log.append([]);
    });

    test("append - of an event again keeps it once: later, in one call, at once, and by another node", async () => {
      const group = await caughtUp(log);
      const [one, two] = [event(), event()];
      await log.append([one]);
      await log.append([one, two, { ...one }, two]);
      await Promise.all([log.append([two, one]), other.append([one, two]), other.append([two]), log.append([one])]);
      expect((await readUntil(log, group, 2)).map(key).toSorted()).toEqual([key(one), key(two)].toSorted());
      expect(await readAll(log, group)).toEqual([]);
    });

    test("append - takes ids as their user's own", async () => {
      const group = await caughtUp(log);
      const mine = event({ userId: "mine" });
      await log.append([mine, { ...mine, userId: "yours" }]);
      expect((await readUntil(log, group, 2)).map(({ userId }) => userId)).toEqual(["mine", "yours"]);
    });

    test("append - of one user's events in any order is read in the order in which they happened", async () => {
      const group = await caughtUp(log);
      const events = [3, 1, 4, 0, 2].map((n) => event({ id: `${9 - n}`, userId: group, at: Date.now() - 1_000 + n }));
      await log.append(events);
      expect((await readUntil(log, group, 5)).map(({ id }) => id)).toEqual(["9", "8", "7", "6", "5"]);
    });

    test("append - of the same many by two nodes, each in an order of its own, ends", async () => {
      const group = await caughtUp(log);
      const events = Array.from({ length: 500 }, (_, n) => event({ userId: `u${n % 7}`, at: Date.now() - 1_000 + n }));
      for (let round = 0; round < 5; round++) {
        const some = events.slice(0, 100 * (round + 1));
        await Promise.all([log.append(some), other.append(some.toReversed())]);
      }
      const read = await readUntil(log, group, events.length);
      expect(read.map(key).toSorted()).toEqual(events.map(key).toSorted());
    });

    test("append - of what happened before midnight, sent again after it, is one", async () => {
      const group = await caughtUp(log);
      const midnight = Math.floor(Date.now() / dayMs) * dayMs;
      let now = midnight - 1;
      const node = await under.open(() => now);
      const before = event({ at: midnight - 1 });
      await node.append([before]);
      now = midnight + 5;
      const after = { ...before, id: fresh("e-"), at: midnight };
      await Promise.all([node.append([before]), other.append([after, before])]);
      expect((await readUntil(log, group, 2)).map(key).toSorted()).toEqual([key(before), key(after)].toSorted());
      expect(await readAll(log, group)).toEqual([]);
    });

    test("read - is each group's own, in order, and comes again until it is committed", async () => {
      const [one, another] = [await caughtUp(log), await caughtUp(log)];
      await readAll(log, one);
      const events = Array.from({ length: 5 }, (_, n) => event({ id: fresh(`e${n}-`) }));
      for (const each of events) await log.append([each]);
      const ids = events.map(({ id }) => id);
      await until(async () => (await log.read(one, 100)).events.length === 5);
      const first = await log.read(one, 2);
      expect(first.events.map(({ id }) => id)).toEqual(ids.slice(0, 2));
      expect(await other.read(one, 2)).toEqual(first);
      await other.commit(one, first.cursor ?? "");
      const second = await log.read(one, 3);
      expect(second.events.map(({ id }) => id)).toEqual(ids.slice(2));
      await log.commit(one, second.cursor ?? "");
      expect(await log.read(one, 3)).toEqual({ events: [], cursor: undefined });
      // Somebody who comes late with the same place, or with an earlier one.
      await other.commit(one, second.cursor ?? "");
      await other.commit(one, first.cursor ?? "");
      expect((await log.read(one, 3)).events).toEqual([]);
      expect((await readUntil(log, another, 5)).map(({ id }) => id)).toEqual(ids);
    });

    test("forget - puts a group at the beginning again", async () => {
      const group = await caughtUp(log);
      await log.forget(group);
      await log.forget(group);
      const all = await readAll(log, group, eventPage);
      expect(all.map(key).toSorted()).toEqual((await readAll(log, fresh("group-"), 3_000)).map(key).toSorted());
      expect(all.length).toBeGreaterThan(0);
    });

    test("lag - is the age of the oldest that was not read", async () => {
      const group = await caughtUp(log);
      expect(await log.lag(group)).toBe(0);
      await log.append([event({ at: Date.now() - dayMs })]);
      await until(async () => (await log.lag(group)) >= 50);
      await log.append([event()]);
      expect(await log.lag(group)).toBeGreaterThanOrEqual(50);
      expect(await log.lag(group)).toBeLessThan(60_000);
      await readUntil(log, group, 2);
      expect(await log.lag(group)).toBe(0);
      expect(await log.lag(fresh("nobody-"))).toBeGreaterThan(0);
    });

    test("exactly once - what several nodes send in batches of all sizes, much of it twice, while a group reads", async () => {
      const group = await caughtUp(log);
      const sent = Array.from({ length: 3_000 }, (_, n) => event({ id: `x${n}`, userId: `u${n % 50}`, at: Date.now() - (n % 3) * dayMs }));
      let random = 7;
      const below = (most: number) => (random = (random * 48_271) % 2_147_483_647) % most;
      let isWriting = true;
      const writers = Promise.all(
        [log, other, log, other].map(async (node, index) => {
          for (let from = 0; from < sent.length; ) {
            const size = 1 + below(index === 0 ? 500 : 150);
            // Each writer sends three of four, so that each event is sent by several, and parts of it again.
            const batch = sent.slice(from, from + size).filter((_, n) => n % 4 !== index);
            await Promise.all([node.append(batch), ...(below(3) === 0 ? [node.append(batch.slice(0, 10))] : [])]);
            from += size;
          }
        }),
      ).finally(() => (isWriting = false));
      const read: LoggedEvent[] = [];
      await until(async () => {
        read.push(...(await readAll(log, group, 97)));
        return !isWriting && read.length >= new Set(read.map(key)).size && (await log.lag(group)) === 0;
      }, 30_000);
      await writers;
      expect(read.length).toBe(new Set(read.map(key)).size);
      await log.append(sent.slice(0, eventsAtOnce));
      await log.append(sent.slice(eventsAtOnce));
      read.push(...(await readUntil(log, group, sent.length - read.length)));
      expect(read.map(key).toSorted()).toEqual(sent.map(key).toSorted());
    });

    test("bounds - refuses what is malformed, early or late; nothing of that call is kept, and everything of the others", async () => {
      const group = await caughtUp(log);
      const now = Date.now();
      const bad: Partial<Record<keyof ListeningEvent, unknown>>[] = [
        ...["", "x".repeat(eventIdLength + 1), "a\0b", "\ud800", 1, null].flatMap((id) => [{ id }, { userId: id }, { trackId: id }]),
        ...["", "x".repeat(eventIdLength + 1), 1].flatMap((id) => [{ playbackId: id }, { deviceId: id }]),
        { context: "" }, { context: "x".repeat(eventContextLength + 1) }, { context: "a\0b" },
        { type: "played" }, { type: undefined }, { type: "toString" },
        ...[-1, 1.5, Number.NaN, "1", 2 ** 60].flatMap((ms) => [{ at: ms }, { positionMs: ms }, { listenedMs: ms }]),
        { at: now - eventOldestDays * dayMs - 1 }, { at: now + eventAheadMs + 60_000 },
      ];
      const kept: ListeningEvent[] = [];
      for (const wrong of bad) {
        const good = event();
        kept.push(good);
        const refused = log.append([event(), { ...event(), ...wrong } as ListeningEvent]);
        await Promise.all([expect(refused).rejects.toThrow(InvalidKey), log.append([good])]);
      }
      const long = event({ id: "i".repeat(eventIdLength), context: "c".repeat(eventContextLength), at: now - eventOldestDays * dayMs + 60_000 });
      const ahead = event({ at: now + eventAheadMs - 60_000 });
      await log.append([long, ahead]);
      await expect(log.append(Array.from({ length: eventsAtOnce + 1 }, () => event()))).rejects.toThrow(InvalidKey);
      for (const limit of [0, -1, 1.5, eventPage + 1, Number.NaN]) await expect(log.read(group, limit)).rejects.toThrow(InvalidKey);
      for (const none of ["", "x".repeat(eventGroupLength + 1), "a\0b"]) {
        await expect(log.read(none, 1)).rejects.toThrow(InvalidKey);
        await expect(log.commit(none, "1 1 1")).rejects.toThrow(InvalidKey);
        await expect(log.lag(none)).rejects.toThrow(InvalidKey);
        await expect(log.forget(none)).rejects.toThrow(InvalidKey);
      }
      for (const cursor of ["", "x", "1 2", "1 2 3 4", "'; --"]) await expect(log.commit(group, cursor)).rejects.toThrow(InvalidKey);
      expect((await readUntil(log, group, kept.length + 2)).map(key).toSorted()).toEqual([...kept, long, ahead].map(key).toSorted());
    });

    test("bounds - who comes when too many wait is refused at once, and the others are kept", async () => {
      const group = await caughtUp(log);
      const batches = Array.from({ length: eventsWaiting / eventsAtOnce + 1 }, (_, batch) => Array.from({ length: eventsAtOnce }, (_unused, n) => event({ id: `b${batch}-${n}`, userId: group })));
      const outcomes = await Promise.allSettled(batches.map((batch) => log.append(batch)));
      const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
      expect(refused).toEqual([expect.any(StorageUnavailable)]);
      expect(outcomes.at(-1)?.status).toBe("rejected");
      const read = await readUntil(log, group, eventsWaiting, eventPage);
      expect(new Set(read.map(key)).size).toBe(eventsWaiting);
      expect(read.length).toBe(eventsWaiting);
    });

    test("dropBefore - forgets whole days when every group has read them", async () => {
      // Another log: its groups would hold up the days of this one.
      const alone = await start();
      try {
        const today = Math.floor(Date.now() / dayMs) * dayMs;
        const old = await alone.open(() => today - 50 * dayMs);
        const present = await alone.open();
        const day = (ago: number) => new Date(today - ago * dayMs).toISOString().slice(0, 10);
        await old.append([51, 52, 50].map((ago) => event({ id: `d${ago}`, at: today - ago * dayMs })));
        const recent = event();
        await present.append([recent]);

        for (const wrong of ["", "2026", "2026-02-30", day(eventDropDays - 1), `${day(60)}'`]) await expect(present.dropBefore(wrong)).rejects.toThrow(InvalidKey);
        expect(await present.dropBefore(day(52))).toEqual([]);
        await until(async () => (await present.read("slow", 10)).events.length === 4);
        const { events } = await present.read("slow", 10);
        expect(events.map(({ id }) => id)).toEqual(["d52", "d51", "d50", recent.id]);
        await expect(present.dropBefore(day(50))).rejects.toThrow(EventsUnread);
        await expect(present.dropBefore(day(50))).rejects.toMatchObject({ day: day(52), group: "slow" });
        await present.commit("slow", (await present.read("slow", 1)).cursor ?? "");
        await expect(present.dropBefore(day(50))).rejects.toMatchObject({ day: day(51), group: "slow" });
        await present.forget("slow");
        expect(await present.dropBefore(day(50))).toEqual([day(51)]);
        expect((await readUntil(present, "late", 2)).map(({ id }) => id)).toEqual(["d50", recent.id]);
        await expect(present.append([event({ at: today - 51 * dayMs })])).rejects.toThrow(InvalidKey);
        await old.append([event({ at: today - 51 * dayMs })]);
      } finally {
        await alone.close();
      }
    });
  });
}
