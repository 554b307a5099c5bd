/** The checkers of listening events by a good log made by hand, and by that log with one thing wrong at a time. */
import { describe, expect, test } from "@jest/globals";
import type { Operation } from "../history.ts";
import { checkConsumer, checkEvents, checkPlays, type EventRow, type Heard } from "./events.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Run {
  operations: Mutable<Operation>[];
  rows: Mutable<EventRow>[];
  heard: Mutable<Heard>[];
  read: string[];
}

const operation = (opId: string, outcome: Operation["outcome"]): Mutable<Operation> =>
  ({ opId, caller: "c1", subject: "u1", op: { type: "start", trackId: "t1" }, invokedAt: 0, endedAt: 1, outcome, version: undefined, attempts: 1, reason: undefined, concurrentWith: [] });
const row = (id: string, type = "start"): Mutable<EventRow> => ({ userId: "u1", id, type, trackId: "t1", playbackId: "p1" });

function goodRun(): Run {
  const rows = [row("e1"), row("e2"), row("p1:play", "play"), row("p1:skip", "skip")];
  return {
    operations: [operation("e1", "ok"), operation("e2", "info"), operation("e3", "info"), operation("e4", "fail")],
    rows,
    heard: [{ userId: "u1", playbackId: "p1", isCertain: true }, { userId: "u1", playbackId: "p2", isCertain: false }],
    read: rows.map(({ userId, id }) => `${userId} ${id}`),
  };
}

const kinds = ({ operations, rows, heard, read }: Run) => [...new Set([...checkEvents(operations, rows), ...checkPlays(heard, rows), ...checkConsumer(read, rows)].map(({ kind }) => kind))];

describe("the checkers of listening events", () => {
  test("find nothing wrong with a good run", () => {
    expect(kinds(goodRun())).toEqual([]);
  });

  test.each<[string, string, (run: Run) => void]>([
    ["an acknowledged event that is not there", "lost", ({ rows, read }) => [rows, read].forEach((list) => list.shift())],
    ["an event that is there twice", "duplicated", ({ rows }) => void rows.push({ ...(rows[0] as EventRow) })],
    ["an event that nobody said", "phantom", ({ rows, read }) => void [rows.push({ ...(rows[0] as EventRow), id: "ghost" }), read.push("u1 ghost")]],
    ["a refused event that is there", "phantom", ({ rows, read }) => void [rows.push({ ...(rows[0] as EventRow), id: "e4" }), read.push("u1 e4")]],
    ["an event of another track", "state", ({ rows }) => void Object.assign(rows[0] ?? {}, { trackId: "t2" })],
    ["a playback that was counted twice", "duplicated", ({ rows, read }) => void [rows.push({ ...(rows[2] as EventRow), id: "p1:play-2" }), read.push("u1 p1:play-2")]],
    ["a playback that was not counted", "lost", ({ rows, read }) => [rows, read].forEach((list) => list.splice(2, 1))],
    ["a play of what was not heard", "phantom", ({ heard }) => void heard.shift()],
    ["an event that the group read twice", "duplicated", ({ read }) => void read.push("u1 e1")],
    ["an event that the group did not read", "lost", ({ read }) => void read.pop()],
    ["an event that the group read and is not there", "phantom", ({ read }) => void read.push("u1 e9")],
  ])("see %s as %s", (_what, kind, spoil) => {
    const run = goodRun();
    spoil(run);
    expect(kinds(run)).toContain(kind);
  });
});
