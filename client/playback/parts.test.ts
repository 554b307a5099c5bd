/** The small pure parts: tiers, retries, loudness, grid, queue. */
import { describe, expect, test } from "@jest/globals";
import type { Track } from "../shapes.ts";
import { chunkBackoff, retryDelayMs, wait } from "./backoff.ts";
import { normalisationGain } from "./loudness.ts";
import { PlayQueue, shuffled } from "./play-queue.ts";
import { bestUpTo, FixedTier } from "./tier-chooser.ts";
import { chunkSpan, locate } from "./timeline.ts";

const track = (id: string): Track => ({ id, title: id, artists: [], album: { id: "x", title: "x" }, disc: 1, number: 1, year: null, durationMs: 1, imageId: null, genres: [], tiers: [] });

describe("tier chooser", () => {
  test("auto starts at 160, or what is nearest below", () => {
    const question = { previous: null, aheadMs: 0 };
    expect(new FixedTier("auto").choose({ ...question, available: ["96", "160", "320", "flac"] })).toBe("160");
    expect(new FixedTier("auto").choose({ ...question, available: ["96"] })).toBe("96");
    expect(new FixedTier("flac").choose({ ...question, available: ["96", "160"] })).toBe("160");
  });

  test("with nothing at or below, the lowest; with nothing at all, an error", () => {
    expect(bestUpTo(["320", "flac"], "96")).toBe("320");
    expect(() => bestUpTo([], "96")).toThrow(RangeError);
  });
});

describe("backoff", () => {
  test("grows, stays under its bound, and waits at least as long as the server asks", () => {
    expect([1, 2, 3].map((attempt) => retryDelayMs(chunkBackoff, attempt, 1, null))).toEqual([150, 300, 600]);
    expect(retryDelayMs(chunkBackoff, 20, 0.999, null)).toBeLessThanOrEqual(5_000);
    expect(retryDelayMs(chunkBackoff, 1, 0, 2_000)).toBe(2_000);
    expect(retryDelayMs(chunkBackoff, 1, 1, 3_600_000)).toBe(5_000);
  });

  test("a wait ends with its signal", async () => {
    const abort = new AbortController();
    const waiting = wait(60_000, abort.signal);
    abort.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
  });
});

describe("loudness", () => {
  test("brings a track to -14 LUFS", () => {
    expect(normalisationGain({ lufs: -8, truePeak: -0.5 })).toBeCloseTo(10 ** (-6 / 20));
    expect(normalisationGain({ lufs: -20, truePeak: -12 })).toBeCloseTo(10 ** (6 / 20));
  });

  test("never lifts a peak over -1 dBTP, nor silence at all", () => {
    expect(normalisationGain({ lufs: -20, truePeak: -3 })).toBeCloseTo(10 ** (2 / 20));
    expect(normalisationGain({ lufs: -60, truePeak: -50 })).toBeCloseTo(10 ** (12 / 20));
    expect(normalisationGain({ lufs: null, truePeak: null })).toBe(1);
  });
});

describe("timeline", () => {
  const grid = { samples: 25, chunkSamples: 10 };

  test("spans cover the track, the last one short", () => {
    expect([0, 1, 2].map((k) => chunkSpan(grid, k))).toEqual([{ start: 0, samples: 10 }, { start: 10, samples: 10 }, { start: 20, samples: 5 }]);
    expect(() => chunkSpan(grid, 3)).toThrow(RangeError);
  });

  test("a position finds its chunk; outside, the nearest sample", () => {
    expect([-5, 0, 9.9, 10, 24, 99].map((sample) => locate(grid, sample))).toEqual([
      { chunk: 0, offset: 0 }, { chunk: 0, offset: 0 }, { chunk: 0, offset: 9 }, { chunk: 1, offset: 0 }, { chunk: 2, offset: 4 }, { chunk: 2, offset: 4 },
    ]);
  });
});

describe("play queue", () => {
  test("next and previous stop at the ends; inserted tracks come next; removing keeps the current one", () => {
    const queue = new PlayQueue();
    queue.replace(["a", "b", "c"].map(track), 1);
    queue.insertNext([track("n")]);
    queue.append([track("z")]);
    expect(queue.items.map(({ track: { id } }) => id)).toEqual(["a", "b", "n", "c", "z"]);
    queue.remove(queue.items[0]?.id ?? "");
    queue.remove(queue.current?.id ?? "");
    expect(queue.current?.track.id).toBe("b");
    expect([queue.next(), queue.next(), queue.next(), queue.next()].map((item) => item?.track.id)).toEqual(["n", "c", "z", undefined]);
    expect(queue.previous()?.track.id).toBe("c");
  });

  test("the same track twice has two entries", () => {
    const queue = new PlayQueue();
    queue.replace([track("a"), track("a")], 0);
    expect(new Set(queue.items.map(({ id }) => id)).size).toBe(2);
  });

  test("shuffling keeps every track", () => {
    let seed = 1;
    const random = () => ((seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647);
    const items = Array.from({ length: 50 }, (_, i) => i);
    const mixed = shuffled(items, random);
    expect(mixed).not.toEqual(items);
    expect(mixed.toSorted((a, b) => a - b)).toEqual(items);
  });
});
