import { describe, expect, test } from "@jest/globals";
import { array, assert, integer, property, tuple } from "fast-check";
import { BoundExceeded, deterministic, exponential, InvalidOption, Simulation, summaryOf } from "./index.ts";
import { Heap } from "./heap.ts";

describe("engine -", () => {
  test("events fire by time, and of one time in the order they were asked for", () => {
    assert(
      property(array(tuple(integer({ min: 0, max: 9 }), integer({ min: 0, max: 5 })), { maxLength: 200 }), (asked) => {
        const simulation = new Simulation({ seed: 1 });
        const fired: number[] = [];
        const timers: number[] = [];
        for (const [n, [atS]] of asked.entries()) timers.push(simulation.timer(atS, (number: number) => fired.push(number), n));
        const cancelled = new Set(asked.flatMap(([, chance], n) => (chance === 0 ? [n] : [])));
        for (const n of cancelled) expect(simulation.cancel(timers[n] as number)).toBe(true);
        expect(simulation.pending).toBe(asked.length - cancelled.size);
        expect(simulation.run()).toBe("drained");
        const expected = [...asked.entries()].filter(([n]) => !cancelled.has(n)).toSorted(([a, [one]], [b, [other]]) => one - other || a - b);
        expect(fired).toEqual(expected.map(([n]) => n));
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  test("a timer that has fired or was cancelled cannot be cancelled, also when its slot is used again", () => {
    const simulation = new Simulation({ seed: 1 });
    const fired: string[] = [];
    const note = (name: string) => fired.push(name);
    const first = simulation.timer(1, note, "first");
    simulation.run();
    const second = simulation.timer(1, note, "second");
    expect([simulation.cancel(first), simulation.cancel(second), simulation.cancel(second), simulation.cancel(-1)]).toEqual([false, true, false, false]);
    simulation.after(2, note, "third");
    simulation.run();
    expect(fired).toEqual(["first", "third"]);
  });

  test("timeouts that are cancelled by the million take no room", () => {
    const simulation = new Simulation({ seed: 1, pendingMax: 5_000 });
    let left = 200_000;
    const call = (timeout: number) => {
      if (timeout >= 0) simulation.cancel(timeout);
      if (left-- > 0) simulation.after(0.001, call, simulation.timer(30, () => undefined, undefined));
    };
    call(-1);
    expect(simulation.run()).toBe("drained");
    expect(simulation.nowS).toBeCloseTo(200, 3);
  });

  test("the heap keeps its order when ids are dropped", () => {
    assert(
      property(array(integer({ min: 0, max: 20 }), { maxLength: 300 }), integer({ min: 1, max: 5 }), (keys, every) => {
        const heap = new Heap();
        for (const [id, key] of keys.entries()) heap.push(key, id);
        heap.retain((id) => id % every === 0);
        const kept = keys.map((key, id) => ({ key, id })).filter(({ id }) => id % every === 0);
        const popped = kept.map(() => heap.pop());
        expect(popped).toEqual(kept.toSorted((a, b) => a.key - b.key || a.id - b.id).map(({ id }) => id));
        expect([heap.pop(), heap.topKey]).toEqual([-1, Infinity]);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  test("a run stops at its time, goes on from there, and says when nothing is left", () => {
    const simulation = new Simulation({ seed: 1 });
    const fired: number[] = [];
    for (const atS of [1, 2, 3]) simulation.at(atS, (number: number) => fired.push(number), atS);
    expect([simulation.run({ untilS: 2 }), simulation.nowS, [...fired]]).toEqual(["time", 2, [1, 2]]);
    expect([simulation.run({ untilS: 10 }), simulation.nowS, fired]).toEqual(["drained", 10, [1, 2, 3]]);
    expect(() => simulation.run({ untilS: 5 })).toThrow(InvalidOption);
    expect(() => simulation.at(9, () => undefined, undefined)).toThrow("timeS is 9");
    expect(() => simulation.after(Number.NaN, () => undefined, undefined)).toThrow("timeS is NaN");
  });

  test("ticks do not keep a run going, and stop with it", () => {
    const simulation = new Simulation({ seed: 1 });
    const ticks: number[] = [];
    simulation.every(1, () => ticks.push(simulation.nowS));
    simulation.every(1, () => undefined);
    simulation.at(3.5, () => undefined, undefined);
    expect([simulation.run(), ticks]).toEqual(["drained", [1, 2, 3]]);
    simulation.run({ untilS: 5 });
    expect(ticks).toEqual([1, 2, 3, 4, 5]);
  });

  test("a model that outgrows its bounds says which", () => {
    const forever = new Simulation({ seed: 1, eventsMax: 1_000 });
    const again = () => forever.after(1, again, undefined);
    again();
    expect(() => forever.run()).toThrow(new BoundExceeded("eventsMax", 1_000, "the run has had more events than it may"));
    const crowded = new Simulation({ seed: 1, pendingMax: 10 });
    const all = () => Array.from({ length: 11 }, () => crowded.after(1, all, undefined));
    expect(all).toThrow("pendingMax of 10 is reached");
    const overloaded = new Simulation({ seed: 1 });
    const node = overloaded.station<number>({ name: "node", service: deterministic(1), visitsMax: 100 });
    overloaded.source({ name: "calls", gap: deterministic(0.5), arrive: (n) => node.enter(n, () => undefined) });
    expect(() => overloaded.run()).toThrow("more jobs are in station node");
    expect(() => new Simulation({ seed: 0.5 })).toThrow("seed is 0.5");
    expect(() => overloaded.station({ name: "node", service: deterministic(1) })).toThrow("name is node");
    expect(() => overloaded.station({ name: "pool", servers: 0, service: deterministic(1) })).toThrow("servers is 0");
    expect(() => exponential(-1)).toThrow("meanS is -1");
  });

  test("progress tells rate and time left by the clock it is given, and can stop the run", () => {
    const simulation = new Simulation({ seed: 1 });
    const again = () => simulation.after(1, again, undefined);
    again();
    let nowMs = 0;
    const told: unknown[] = [];
    const ended = simulation.run({ untilS: 1_000, progress: { everyEvents: 100, clockMs: () => (nowMs += 500), tell: (progress) => told.push(progress) < 2 } });
    expect(ended).toBe("stopped");
    expect(told).toEqual([
      { nowS: 100, events: 100, eventsPerS: 200, remainingS: 4.5 },
      { nowS: 200, events: 200, eventsPerS: 200, remainingS: 4 },
    ]);
  });

  test("the warm-up is forgotten: counts, levels and latencies begin at its end", () => {
    const simulation = new Simulation({ seed: 1, warmUpS: 100 });
    const node = simulation.station<number>({ name: "node", service: deterministic(0.5), windowS: 50 });
    simulation.source({ name: "calls", gap: deterministic(1), count: 200, arrive: (n) => node.enter(n, () => undefined) });
    simulation.run({ untilS: 200 });
    const measured = simulation.measure();
    const { counts, levels, latencies, windows } = summaryOf(measured, "node");
    expect(measured.spanS).toBe(100);
    expect(counts["served"]).toBe(100);
    expect(levels["busy"]?.mean).toBeCloseTo(0.5, 2);
    expect(latencies["sojourn"]?.mean.value).toBeCloseTo(0.5, 9);
    expect(windows.map(({ fromS, served }) => [fromS, served])).toEqual([[100, 50], [150, 50]]);
  });
});
