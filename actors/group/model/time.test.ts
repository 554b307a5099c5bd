/** Where a group is follows from what happened and when, whoever computes it and however often. */
import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { controlNames } from "./index.ts";
import { limits } from "./limits.ts";
import { placeAt, playbackOf, positionAt, type Place } from "./time.ts";
import { Group, items } from "../testing/group.ts";

const queueOf = (durations: readonly number[]) => durations.map((durationMs, n) => ({ itemId: `i${n}`, trackId: `t${n}`, durationMs, addedBy: "u" }));

test("two copies agree, however often each of them looked", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 8 }),
      fc.nat(5_000), fc.integer({ min: -500, max: 500 }), fc.array(fc.nat(3_000), { maxLength: 30 }),
      (durations, position, ahead, steps) => {
        const queue = queueOf(durations);
        const first = queue[0] as (typeof queue)[number];
        const start: Place = { index: 0, playback: playbackOf(first, Math.min(position, first.durationMs), 10_000 + ahead, true) };
        let now = 10_000;
        let often = start;
        for (const step of steps) {
          now += step;
          often = placeAt(queue, often, now);
          const once = placeAt(queue, start, now);
          expect(often).toEqual(once);
          const { playback } = once;
          if (playback !== null && now >= playback.at) expect(positionAt(playback, now)).toBeLessThan(playback.durationMs);
        }
      },
    ),
  );
});

/** The same group, played by a machine with a tape and a second hand: it moves millisecond after millisecond. */
class Tape {
  index = 0;
  positionMs = 0;
  isPlaying = false;
  waitMs = 0;
  isOver = false;
  readonly #durations: readonly number[];

  constructor(durations: readonly number[]) {
    this.#durations = durations;
  }

  pass(ms: number): void {
    for (let n = 0; n < ms && this.isPlaying; n++) {
      if (this.waitMs > 0) {
        this.waitMs -= 1;
        continue;
      }
      this.positionMs += 1;
      if (this.positionMs >= this.duration) this.to(this.index + 1, true);
    }
  }

  get duration(): number {
    return this.#durations[this.index] ?? 0;
  }

  to(index: number, isPlaying: boolean): void {
    this.index = Math.min(index, this.#durations.length);
    this.positionMs = 0;
    this.isOver = index >= this.#durations.length;
    this.isPlaying = isPlaying && !this.isOver;
  }

  do(name: string, positionMs: number): void {
    const wait = () => (this.waitMs = limits.startAheadMs);
    const start = (index: number) => {
      this.to(index, true);
      wait();
    };
    if (name === "play" && !this.isPlaying) {
      if (this.isOver) start(0);
      else this.isPlaying = true;
      wait();
    } else if (name === "pause") this.isPlaying = false;
    else if (name === "seek" && !this.isOver) {
      this.positionMs = Math.min(positionMs, this.duration);
      if (this.isPlaying) wait();
      // A seek to the very end while it plays: that is over once the start has come.
    } else if (name === "next" && !this.isOver) start(this.index + 1);
    else if (name === "previous") start(!this.isOver && this.positionMs > limits.restartAfterMs ? this.index : Math.max(0, this.index - 1));
  }
}

test("the position at any time is that of a tape on which somebody presses the same buttons", () => {
  const button = fc.record({ name: fc.constantFrom("play", "play", "pause", "seek", "next", "previous"), positionMs: fc.nat(4_999), afterMs: fc.nat(4_000) });
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1_000, max: 5_000 }), { minLength: 1, maxLength: 4 }), fc.array(button, { maxLength: 25 }), fc.boolean(), (durations, buttons, onTime) => {
      const group = Group.begun(queueOf(durations));
      group.onTime = onTime;
      const tape = new Tape(durations);
      for (const { name, positionMs, afterMs } of buttons) {
        const goesTo = Math.min(positionMs, tape.duration - 1);
        if (!(name === "seek" && tape.isOver)) group.do(name, name === "seek" ? { positionMs: goesTo } : {});
        tape.do(name, goesTo);
        group.pass(afterMs);
        tape.pass(afterMs);
        const { index, playback } = group.view();
        expect({ index, positionMs: playback === null ? 0 : positionAt(playback, group.now), isPlaying: playback?.isPlaying ?? false }).toEqual({ index: tape.index, positionMs: tape.positionMs, isPlaying: tape.isPlaying });
      }
    }),
    { numRuns: 300 },
  );
});

describe("whatever is pressed and edited -", () => {
  const step = fc.record({
    type: fc.constantFrom(...controlNames), positionMs: fc.option(fc.nat(12_000), { nil: undefined }), of: fc.nat(12), many: fc.nat(3), after: fc.constantFrom("first", "last", "item"), afterMs: fc.nat(15_000), mirrored: fc.boolean(),
  });

  test("what plays stands in the queue at its place, and timers that are late change nothing", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const groups = [Group.begun(items(2)), Group.begun(items(2))];
        (groups[1] as Group).onTime = false;
        let made = 100;
        for (const { type, positionMs, of, many, after, afterMs, mirrored } of steps) {
          made += 10;
          const seen = groups.map((group) => {
            if (mirrored) group.mirrored();
            const itemId = group.state.queue[of % Math.max(1, group.state.queue.length)]?.itemId ?? "none";
            const place = after === "first" ? { after: null } : after === "last" ? {} : { after: itemId };
            const target = type === "jump" || type === "move" ? { itemId } : {};
            try {
              group.do(type, { positionMs, itemIds: [itemId], items: items(many, 7_000, made), ...place, ...target });
            } catch (error) {
              expect(error).toMatchObject({ name: "GroupRefused" });
            }
            group.pass(afterMs);
            const { index, playback, next, queue = [] } = group.view();
            if (playback !== null) expect(queue[index]).toMatchObject({ itemId: playback.itemId, trackId: playback.trackId, durationMs: playback.durationMs });
            expect(next).toEqual(queue[playback === null ? index : index + 1] ?? null);
            return { index, playback, queue };
          });
          expect(seen[1]).toEqual(seen[0]);
        }
      }),
      { numRuns: 300 },
    );
  });
});
