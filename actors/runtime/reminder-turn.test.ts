import { describe, expect, test } from "@jest/globals";
import type { AnyActorType } from "./activation.ts";
import type { Turn } from "./definition.ts";
import { limits } from "./limits.ts";
import { remindersAsked, deliver, type Held } from "./reminder-turn.ts";
import { bells } from "./testing/bells.ts";

const type = bells as unknown as AnyActorType;
const now = 1_700_000_000_000;
const reminder: Held = { dueAt: now - 5, seq: 7, failures: 0, nextAt: now - 5 };

function delivered(held: Held | undefined, given: { readonly name?: string; readonly broke?: Error; readonly at?: number } = {}) {
  const { name = "ring", broke, at = now } = given;
  const turn: Turn = { now: at, meta: {}, key: "x", version: 9 };
  return deliver({ rung: [] }, { name, dueAt: reminder.dueAt, seq: reminder.seq, broke }, turn, { type, held: new Map(held && [[name, held]]), limits });
}

describe("a reminder's turn -", () => {
  test("ends it and makes its events, whose ids follow from the name and the event that it was set with", () => {
    expect(delivered(reminder, { name: "twice" })).toEqual({
      events: [{ opId: "~r7.0 twice", event: { rang: "twice" } }, { opId: "~r7.1 twice", event: { rang: "twice again" } }],
      reply: { is: "done" },
      changes: [["twice", null]],
    });
  });

  test("is none when the actor has no such reminder, or has it set anew, or nobody tries it any more", () => {
    for (const held of [undefined, { ...reminder, seq: 8 }, { ...reminder, dueAt: now - 4 }, { ...reminder, nextAt: null }]) expect(delivered(held)).toEqual({ events: [], reply: { is: "gone" }, changes: [] });
  });

  test("waits for the actor's time", () => {
    expect(delivered(reminder, { at: now - 6 })).toEqual({ events: [], reply: { is: "early", nextAt: now - 5 }, changes: [] });
    expect(delivered({ ...reminder, nextAt: now + 1 })).toMatchObject({ reply: { is: "early", nextAt: now + 1 } });
    expect(delivered(reminder, { at: now - 5 })).toMatchObject({ reply: { is: "done" } });
  });

  test("that sets it again counts from its own last event", () => {
    expect(delivered(reminder, { name: "again" })).toMatchObject({ events: [], changes: [["again", null], ["again", { dueAt: now + 1_000, seq: 9, failures: 0 }], ["ring", { dueAt: now, seq: 9 }]] });
  });

  test("that fails puts it off for longer each time, and at last for good", () => {
    const pauses = [0, 1, 5, 11, 14].map((failures) => {
      const { events, reply, changes } = delivered({ ...reminder, failures }, { name: "throw" });
      expect([events, reply.is, changes]).toEqual([[], "failed", [["throw", { ...reminder, failures: failures + 1, nextAt: expect.any(Number) }]]]);
      return ((reply as { readonly nextAt: number }).nextAt - now) / 1_000;
    });
    expect(pauses).toEqual([1, 2, 32, 2_048, 3_600]);
    expect(delivered({ ...reminder, failures: 15 }, { name: "throw" })).toMatchObject({ reply: { nextAt: null, failures: 16 }, changes: [["throw", { nextAt: null }]] });
    expect(delivered(reminder, { broke: new Error("it broke") })).toMatchObject({ events: [], reply: { is: "failed", error: { message: "it broke" } } });
  });

  test("that asks for too much fails, one that refuses by a typed error ends it", () => {
    expect(delivered(reminder, { name: "many" })).toMatchObject({ events: [], reply: { is: "failed", error: { name: "ReminderRefused" } } });
    expect(delivered(reminder, { name: "refuse" })).toEqual({ events: [], reply: { is: "refused" }, changes: [["refuse", null]] });
  });
});

test("what a turn asks for replaces what was, and counts what is left", () => {
  const full = new Map(Array.from({ length: limits.remindersPerActor }, (_, n): [string, Held] => [`ring ${n}`, reminder]));
  const memory = { type, held: full, limits };
  expect(remindersAsked([{ name: "ring 1", at: now }, { name: "ring 2", at: undefined }], 12, memory)).toEqual([["ring 1", { dueAt: now, seq: 12, failures: 0, nextAt: now }], ["ring 2", null]]);
  expect(() => remindersAsked([{ name: "one more", at: now }], 12, memory)).toThrow("at most 100 reminders");
});
