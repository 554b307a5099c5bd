import { describe, expect, test } from "@jest/globals";
import { Stream } from "../random/index.ts";
import { arrivals } from "../arrivals/index.ts";
import { mergedTotal, Recorder } from "../run/index.ts";
import { callAt } from "./open-loop.ts";
import { Pacer, type Timers } from "./pacer.ts";

/** A clock that stands still until it is moved; timers come by whole ms, as Node's do. */
function clockwork() {
  const waiting = new Set<{ readonly at: number; readonly run: () => void }>();
  const turns: (() => void)[] = [];
  const clock = { ms: 0, waits: 0 };
  const timers: Timers = {
    now: () => clock.ms,
    after(ms, run) {
      const timer = { at: Math.floor(clock.ms) + Math.floor(ms), run };
      clock.waits += 1;
      waiting.add(timer);
      return () => waiting.delete(timer);
    },
    soon: (run) => void turns.push(run),
  };
  const turn = () => {
    for (const run of turns.splice(0)) run();
  };
  const until = (ms: number, stepMs = 0.25) => {
    for (; clock.ms < ms; clock.ms += stepMs) {
      turn();
      for (const timer of Array.from(waiting)) if (timer.at <= clock.ms && waiting.delete(timer)) timer.run();
    }
  };
  return { clock, timers, turn, until };
}

describe("a pacer -", () => {
  test("runs what is due in order of time, equal times as they came, at most a timer's step late", () => {
    const { clock, timers, until } = clockwork();
    const pacer = new Pacer(timers);
    const ran: [number, number][] = [];
    const chance = new Stream(3);
    const due = Array.from({ length: 2_000 }, (_, n) => ({ n, atMs: Math.round(chance.next() * 400) / 2 }));
    for (const { n, atMs } of due) pacer.at(atMs, () => ran.push([n, clock.ms - atMs]));
    until(300);
    expect(ran.map(([n]) => n)).toEqual(due.toSorted((one, other) => one.atMs - other.atMs).map(({ n }) => n));
    expect(Math.min(...ran.map(([, late]) => late))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...ran.map(([, late]) => late))).toBeLessThanOrEqual(1.25);
    expect([pacer.pending, clock.waits < 450]).toEqual([0, true]);
  });

  test("an answer that wakes it sends what is due before the timer comes", () => {
    const { clock, timers } = clockwork();
    const pacer = new Pacer(timers);
    const ran: number[] = [];
    pacer.at(0.3, () => ran.push(clock.ms));
    clock.ms = 0.2;
    pacer.catchUp();
    expect(ran).toEqual([]);
    clock.ms = 0.4;
    pacer.catchUp();
    expect(ran).toEqual([0.4]);
  });

  test("one that has fallen behind lets answers in between, and loses nothing", () => {
    const { clock, timers, turn, until } = clockwork();
    const pacer = new Pacer(timers);
    let ran = 0;
    clock.ms = 1_000;
    for (let n = 0; n < 100; n++) pacer.at(n, () => {
      ran += 1;
      clock.ms += 0.1;
    });
    turn();
    expect(ran).toBe(20);
    until(1_100);
    expect(ran).toBe(100);
  });

  test("what is stopped does not run, and begins again", () => {
    const { timers, until } = clockwork();
    const pacer = new Pacer(timers);
    const ran: string[] = [];
    pacer.at(5, () => ran.push("stopped"));
    pacer.stop();
    pacer.at(6, () => ran.push("after"));
    until(10);
    expect(ran).toEqual(["after"]);
  });
});

describe("calls in an open loop -", () => {
  test("leave at the times of the process although none is answered, and are recorded from then", async () => {
    const { clock, timers, until } = clockwork();
    const pacer = new Pacer(timers);
    const recorder = new Recorder(timers.now, 0);
    const timesMs = [...arrivals({ type: "poisson", ratePerS: 1_000 }, new Stream(9), { untilMs: 2_000 })];
    const waiting: ((outcome: string) => void)[] = [];
    const left = callAt({ pacer, recorder, kind: "call", timesMs, call: (_n, done) => void waiting.push(done) });
    until(2_001);
    await left;
    expect(waiting.length).toBe(timesMs.length);
    clock.ms = 3_000;
    for (const done of waiting) done("ok");
    const { operations, sendLag } = mergedTotal([recorder.total()]);
    expect(operations["call"]?.latency.maxMs).toBeCloseTo(3_000 - (timesMs[0] ?? 0), -1);
    expect(sendLag.maxMs).toBeLessThan(1.3);
  });
});
