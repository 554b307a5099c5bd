/** What a client knows of the service's clock, with simulated time and clocks that are wrong by minutes. */
import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { ClockFilter } from "./clock-filter.ts";
import { ServerClock } from "./server-clock.ts";
import { SimulatedTime } from "./testing/simulated-time.ts";

const skew = fc.integer({ min: -600_000, max: 600_000 });
const way = fc.double({ min: 0.1, max: 200, noNaN: true });

/** Adds a sample as it comes about, `at` true time. Here the clock shows true time plus `offset`. */
function sample(filter: ClockFilter, { at, offset, out, back, thinks = 1 }: { at: number; offset: number; out: number; back: number; thinks?: number }): void {
  filter.add(at + offset, { receivedAt: at + out, sentAt: at + out + thinks }, at + out + thinks + back + offset);
}

describe("the filter", () => {
  test("is exact where both ways take the same time, and never wrong by more than it says", () => {
    fc.assert(
      fc.property(skew, fc.array(fc.record({ out: way, back: way, pause: fc.integer({ min: 1, max: 40_000 }) }), { minLength: 1, maxLength: 20 }), way, (offset, samples, exact) => {
        const filter = new ClockFilter();
        let at = 1_000_000;
        for (const { out, back, pause } of samples) {
          sample(filter, { at, offset, out, back });
          at += pause;
          const best = filter.best(at + offset);
          expect(Math.abs((best?.offsetMs ?? NaN) + offset)).toBeLessThanOrEqual(filter.errorMs(at + offset) + 1e-6);
        }
        const alone = new ClockFilter();
        sample(alone, { at, offset, out: exact, back: exact });
        expect(alone.best(at + offset)?.offsetMs).toBeCloseTo(-offset, 5);
      }),
    );
  });

  test("believes the shortest way, until that is long ago", () => {
    const filter = new ClockFilter();
    sample(filter, { at: 0, offset: 0, out: 5, back: 5 });
    sample(filter, { at: 1_000, offset: 0, out: 10, back: 40 });
    expect(filter.best(2_000)?.delayMs).toBe(10);
    expect(filter.best(400_000)?.delayMs).toBe(10);
    sample(filter, { at: 300_000, offset: 0, out: 10, back: 12 });
    expect(filter.best(301_000)?.delayMs).toBe(22);
  });

  test("forgets what it knew when a clock was set", () => {
    const filter = new ClockFilter();
    for (let n = 0; n < 8; n++) sample(filter, { at: n * 100, offset: 0, out: 1, back: 1 });
    sample(filter, { at: 2_000, offset: 500, out: 100, back: 100 });
    expect(filter.best(3_000)?.offsetMs).toBeCloseTo(-500);
  });

  test("ignores what cannot be", () => {
    const filter = new ClockFilter();
    filter.add(10, { receivedAt: 5, sentAt: 4 }, 12);
    filter.add(10, { receivedAt: NaN, sentAt: 4 }, 12);
    filter.add(10, { receivedAt: 0, sentAt: 100 }, 12);
    filter.add(12, { receivedAt: 0, sentAt: 1 }, 10);
    expect(filter.best(20)).toBeUndefined();
    expect(filter.errorMs(20)).toBe(Infinity);
  });
});

describe("the service's clock", () => {
  const epoch = Date.UTC(2026, 0, 1);

  function started(skewMs: number, delays: () => number) {
    const time = new SimulatedTime();
    const asked: number[] = [];
    const state = { isAway: false, skewMs };
    const clock = new ServerClock({
      ask: async () => {
        asked.push(time.now);
        if (state.isAway) throw new Error("away");
        await time.wait(delays());
        const receivedAt = epoch + time.now;
        await time.wait(delays());
        return { receivedAt, sentAt: receivedAt };
      },
      now: () => time.now + state.skewMs,
      after: (ms, run) => time.after(ms, run),
    });
    return { time, asked, state, clock };
  }

  test("is asked eight times soon, then every 30 s, and again often after a sleep", async () => {
    const { time, asked, clock, state } = started(-90_000, () => 20);
    expect(clock.now()).toBeUndefined();
    expect(clock.toLocal(0)).toBeUndefined();
    await time.pass(2_000);
    await clock.ready;
    expect(asked).toHaveLength(8);
    expect((clock.now() ?? 0) - epoch).toBeCloseTo(2_000, 3);
    expect(clock.toLocal(epoch + 5_000)).toBeCloseTo(5_000 - 90_000, 3);
    await time.pass(60_000);
    expect(asked).toHaveLength(10);
    state.skewMs += 7_000;
    clock.refresh();
    await time.pass(2_000);
    expect(asked).toHaveLength(18);
    expect((clock.now() ?? 0) - epoch).toBeCloseTo(64_000, 3);
    clock.end();
    await time.pass(100_000);
    expect(asked).toHaveLength(18);
  });

  test("goes on while nobody answers", async () => {
    const { time, asked, clock, state } = started(1_000, () => 5);
    await time.pass(2_000);
    state.isAway = true;
    await time.pass(40_000);
    expect((clock.now() ?? 0) - epoch).toBeCloseTo(42_000, 3);
    const before = asked.length;
    state.isAway = false;
    await time.pass(1_000);
    expect(asked.length).toBe(before + 1);
    clock.end();
  });

  test("is known within 20 ms whatever the way is, where its length varies alike in both directions", async () => {
    await fc.assert(
      fc.asyncProperty(skew, fc.integer({ min: 1, max: 200 }), fc.infiniteStream(fc.double({ min: 0, max: 40, noNaN: true })), async (skewMs, base, jitter) => {
        const { time, clock } = started(skewMs, () => base + (jitter.next().value ?? 0));
        await time.pass(5_000);
        expect(Math.abs((clock.now() ?? 0) - epoch - 5_000)).toBeLessThanOrEqual(20);
        clock.end();
      }),
      { numRuns: 50 },
    );
  });
});
