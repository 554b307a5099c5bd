/** The checkers by a good run made by hand, and by that run with one thing wrong at a time: each must be seen for what it is. */
import { describe, expect, test } from "@jest/globals";
import { History, type Operation } from "../history.ts";
import { gapsByFault, gapsOf, longestOf, quantile, type Window } from "./gaps.ts";
import { checkAll, type Evidence, type FinalRead, type JournalRow } from "./index.ts";
import { checkSet } from "./items.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

interface Run {
  operations: Mutable<Operation>[];
  rows: Mutable<JournalRow>[];
  reads: Mutable<FinalRead>[];
  told: { version: number; opId: string }[];
  seen: { version: number; opId: string }[];
  ownerReads: { at: number; version: number }[];
}

const playlist = "p1";

const add = (itemId: string, trackId: string, position: number): JournalRow["event"] => ({ type: "add", items: [{ itemId, trackId, position }] });

/** Five operations of two callers: four acknowledged, one unknown that happened; one refused; a take-over after the third event. */
function goodRun(): Run {
  const operation = (opId: string, caller: string, op: Operation["op"], invokedAt: number, endedAt: number, outcome: Operation["outcome"], version?: number): Mutable<Operation> =>
    ({ opId, caller, subject: playlist, op, invokedAt, endedAt, outcome, version, attempts: 1, reason: undefined, concurrentWith: [] });
  const row = (seq: number, epoch: number, opId: string, event: JournalRow["event"]): Mutable<JournalRow> => ({ playlist, seq, epoch, opId, event });
  const items = [{ itemId: "i2", trackId: "t2" }, { itemId: "i4", trackId: "t4" }, { itemId: "i5", trackId: "t5" }];
  return {
    operations: [
      operation("a1", "a", { type: "add", trackId: "t1", itemId: "i1" }, 0, 10, "ok", 2),
      operation("b1", "b", { type: "add", trackId: "t2", itemId: "i2" }, 5, 20, "ok", 3),
      operation("a2", "a", { type: "remove", itemIds: ["i1"] }, 15, 30, "ok", 4),
      operation("b2", "b", { type: "add", trackId: "t4", itemId: "i4" }, 25, 5_000, "ok", 5),
      operation("a3", "a", { type: "add", trackId: "t5", itemId: "i5" }, 5_010, Infinity, "info"),
      operation("b3", "b", { type: "add", trackId: "t6", itemId: "i6", after: "nowhere" }, 5_020, 5_030, "fail"),
    ],
    rows: [
      row(1, 1, "create", { type: "create" }),
      row(2, 1, "a1", add("i1", "t1", 1)),
      row(3, 1, "b1", add("i2", "t2", 2)),
      row(4, 1, "a2", { type: "remove", itemIds: ["i1"] }),
      row(5, 2, "b2", add("i4", "t4", 3)),
      row(6, 2, "a3", add("i5", "t5", 4)),
    ],
    reads: [{ reader: "bus", playlist, version: 6, items: [...items] }, { reader: "rest", playlist, version: 6, items: [...items] }],
    told: [{ version: 3, opId: "b1" }, { version: 5, opId: "b2" }],
    seen: ["create", "a1", "b1", "a2", "b2", "a3"].map((opId, at) => ({ version: at + 1, opId })),
    ownerReads: [{ at: 12, version: 2 }, { at: 35, version: 4 }],
  };
}

function evidence(run: Run): Evidence {
  const history = new History(() => 0);
  history.operations.push(...run.operations);
  for (const { at, version } of run.ownerReads) history.read({ playlist, invokedAt: at, version });
  return { history, rows: run.rows, reads: run.reads, observed: [{ observer: "o", playlist, events: run.seen, told: run.told }], mayYield: false };
}

const kinds = (run: Run) => [...new Set(checkAll(evidence(run)).map(({ kind }) => kind))].toSorted();

/** Row at `seq`; these runs have it. */
const at = (run: Run, seq: number): Mutable<JournalRow> => run.rows[seq - 1] as Mutable<JournalRow>;
const operationOf = (run: Run, opId: string): Mutable<Operation> => run.operations.find((one) => one.opId === opId) as Mutable<Operation>;

describe("the checkers", () => {
  test("find nothing wrong with a good run", () => {
    expect(checkAll(evidence(goodRun()))).toEqual([]);
  });

  test.each<[string, string, (run: Run) => void]>([
    ["an acknowledged event that is gone, with all after it", "lost", (run) => void run.rows.splice(4)],
    ["an acknowledged event that is gone from the middle", "gap", (run) => void run.rows.splice(2, 1)],
    ["an operation that is there twice", "duplicated", (run) => void run.rows.push({ ...at(run, 2), seq: 7, epoch: 2 })],
    ["two events at one place", "split", (run) => void run.rows.push({ ...at(run, 5), epoch: 1, opId: "z" })],
    ["an event of a former owner after one of its successor", "split", (run) => void (at(run, 6).epoch = 1)],
    ["an operation that was acknowledged as another version", "state", (run) => void (operationOf(run, "b1").version = 2)],
    ["a refused operation that is there", "phantom", (run) => void run.rows.push({ ...at(run, 6), seq: 7, opId: "b3", event: { type: "add", items: [{ itemId: "i6", trackId: "t6", position: 9 }] } })],
    ["an event that nobody asked for", "phantom", (run) => void run.rows.push({ ...at(run, 6), seq: 7, opId: "nobody" })],
    ["an event before one that was acknowledged before it was asked for", "order", (run) => void Object.assign(operationOf(run, "a1"), { invokedAt: 22, endedAt: 24 })],
    ["a read that misses what was acknowledged before it", "stale", (run) => void run.ownerReads.push({ at: 31, version: 3 })],
    ["an observer that was told of what is not in the journal", "phantom", (run) => void run.told.push({ version: 7, opId: "ghost" })],
    ["an observer that was told of another event at a version", "split", (run) => void run.told.push({ version: 4, opId: "other" })],
    ["an observer that misses a version", "observer", (run) => void run.seen.splice(2, 1)],
    ["an observer that stopped early", "observer", (run) => void run.seen.pop()],
    ["a reader that gets an older version in the end", "state", (run) => void Object.assign(run.reads[1] ?? {}, { version: 5 })],
    ["a reader that gets the items in another order", "state", (run) => void Object.assign(run.reads[0] ?? {}, { items: run.reads[0]?.items.toReversed() })],
    ["an item that stands there twice", "duplicated", (run) => void Object.assign(run.reads[0] ?? {}, { items: [...(run.reads[0]?.items ?? []), { itemId: "i2", trackId: "t2" }] })],
    ["an acknowledged item that is not there", "lost", (run) => void Object.assign(run.reads[0] ?? {}, { items: run.reads[0]?.items.slice(1) })],
    ["an item that an acknowledged remove did not remove", "lost", (run) => void Object.assign(run.reads[0] ?? {}, { items: [{ itemId: "i1", trackId: "t1" }, ...(run.reads[0]?.items ?? [])] })],
    ["an item of nobody", "phantom", (run) => void Object.assign(run.reads[0] ?? {}, { items: [...(run.reads[0]?.items ?? []), { itemId: "ix", trackId: "t2" }] })],
  ])("see %s as %s", (_what, kind, spoil) => {
    const run = goodRun();
    spoil(run);
    expect(kinds(run)).toContain(kind);
  });

  test("an unknown outcome may have happened or not", () => {
    const run = goodRun();
    run.rows.pop();
    run.seen.pop();
    for (const read of run.reads) Object.assign(read, { version: 5, items: read.items.slice(0, 2) });
    expect(checkAll(evidence(run))).toEqual([]);
  });

  test("moves, compactions and inserts between are folded as they are", () => {
    const run = goodRun();
    run.operations.push({ ...operationOf(run, "b2"), opId: "m1", op: { type: "move", itemIds: ["i5"], after: null }, invokedAt: 6_000, endedAt: 6_010, version: 7 });
    run.rows.push({ ...at(run, 6), seq: 7, opId: "m1", event: { type: "move", items: [{ itemId: "i5", position: 0.5 }] } }, { ...at(run, 6), seq: 8, opId: "~compact-8", event: { type: "compact" } });
    run.seen.push({ version: 7, opId: "m1" }, { version: 8, opId: "~compact-8" });
    for (const read of run.reads) Object.assign(read, { version: 8, items: [read.items[2], read.items[0], read.items[1]] });
    expect(checkAll(evidence(run))).toEqual([]);
  });
});

/** Saved, unsaved, saved, ... one after the other. */
const words = (outcomes: readonly Operation["outcome"][]) =>
  outcomes.map((outcome, n): Operation => ({ opId: `s${n}`, caller: "a", subject: playlist, op: n % 2 === 0 ? { type: "add", trackId: "t", itemId: `t-${n}` } : { type: "remove", itemIds: [`t-${n - 1}`] }, invokedAt: n * 10, endedAt: outcome === "info" ? Infinity : n * 10 + 5, outcome, version: n + 1, attempts: 1, reason: undefined, concurrentWith: [] }));

const read = (...tracks: string[]): FinalRead[] => [{ reader: "bus", playlist, version: 9, items: tracks.map((trackId, n) => ({ itemId: `i${n}`, trackId })) }];

const waiting = (invokedAt: number, endedAt: number): Operation => ({ ...(goodRun().operations[0] as Operation), invokedAt, endedAt });

describe("the set checker", () => {
  test.each<[string, Operation["outcome"][], string[], string[]]>([
    ["saved last, there", ["ok", "ok", "ok"], ["t"], []],
    ["saved last, not there", ["ok", "ok", "ok"], [], ["lost"]],
    ["unsaved last, there", ["ok", "ok"], ["t"], ["lost"]],
    ["unsaved last, not there", ["ok", "ok"], [], []],
    ["the last word is unknown", ["ok", "info"], ["t"], []],
    ["a refused last word does not count", ["ok", "fail"], [], ["lost"]],
    ["twice in the set", ["ok"], ["t", "t"], ["duplicated"]],
  ])("%s", (_what, outcomes, tracks, expected) => {
    expect(checkSet(words(outcomes), read(...tracks), () => "t").map(({ kind }) => kind)).toEqual(expected);
  });
});

const one = (operations: readonly Operation[]) => longestOf(gapsOf(operations, () => "playlist/1"));
const on = (shard: string, ...operations: Operation[]) => operations.map((operation) => ({ ...operation, subject: shard }));
const byFault = (operations: readonly Operation[], ...windows: Window[]) => gapsByFault(gapsOf(operations, (shard) => shard), windows);
const felt = (kind: string, from: number, to: number, ...shards: string[]): Window => ({ kind, from, to, shards: new Set(shards) });

describe("gaps", () => {
  test("are the longest time in which somebody waited for a shard and nobody was answered", () => {
    expect(one([waiting(0, 10), waiting(20, 30), waiting(40, 940), waiting(41, 950), waiting(2_000, 2_010)])).toEqual([900]);
  });

  test("count from the answer before, when somebody had waited then already", () => {
    expect(one([waiting(0, 100), waiting(10, 700)])).toEqual([600]);
  });

  test("a call that nobody ever answered makes the wait longer, not shorter", () => {
    expect(one([waiting(0, 10), waiting(20, Infinity), waiting(500, 520)])).toEqual([500]);
  });

  test("are reported over shards", () => {
    const longest = longestOf(gapsOf([...Array.from({ length: 40 }, (_, n) => ({ ...waiting(0, 10), subject: `p${n}` })), { ...waiting(0, 6_000), subject: "slow" }], (name) => name));
    expect([quantile(longest, 0.95), longest.at(-1), longest.length]).toEqual([10, 6_000, 41]);
  });

  test("by fault are those of the shards that felt it, the longest of each", () => {
    const operations = [...on("s1", waiting(990, 1_080), waiting(1_090, 1_100)), ...on("s2", waiting(1_000, 1_040)), ...on("s3", waiting(1_000, 1_900))];
    expect(byFault(operations, felt("stop", 1_000, 1_200, "s1", "s2", "idle"))).toEqual({ stop: { count: 2, p50Ms: 40, p95Ms: 90, p99Ms: 90, maxMs: 90 } });
  });

  test("by fault leave out what was over before and what began after", () => {
    const operations = on("s1", waiting(0, 900), waiting(1_000, 1_030), waiting(1_300, 2_000));
    expect(byFault(operations, felt("stop", 950, 1_200, "s1"))["stop"]?.maxMs).toBe(30);
  });

  test("by fault belong to the fault that they began with, though another one ends them", () => {
    const operations = on("s1", waiting(1_010, 3_000), waiting(3_050, 3_070));
    expect(byFault(operations, felt("kill", 1_000, 2_000, "s1"), felt("join", 2_001, 4_000, "s1"))).toMatchObject({ kill: { maxMs: 1_990 }, join: { maxMs: 20 } });
  });

  test("by fault are all shards' when all felt it", () => {
    const operations = [...on("s1", waiting(0, 10)), ...on("s2", waiting(0, 200))];
    expect(byFault(operations, { kind: "none", from: 0, to: 100, shards: undefined })).toMatchObject({ none: { count: 2, p50Ms: 10, maxMs: 200 } });
  });
});
