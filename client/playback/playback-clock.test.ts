import { describe, expect, test } from "@jest/globals";
import { PlaybackClock, type Anchor } from "./playback-clock.ts";

const anchor = (over: Partial<Anchor>): Anchor => ({ generation: 1, entry: "a", tier: "160", sample: 0, advancing: true, time: 10, ...over });

describe("playback clock", () => {
  test("knows nothing before the first anchor", () => {
    expect(new PlaybackClock(48_000).at(1, 0)).toBeNull();
  });

  test("counts frames from the anchor, behind by the output latency", () => {
    const clock = new PlaybackClock(48_000);
    clock.note(anchor({ time: 10, sample: 4_800 }));
    clock.note(anchor({ time: 10.1, sample: 9_600 }));
    expect(clock.at(10.15, 0.1)?.sample).toBe(4_800 + 2_400);
    expect(clock.at(10.15, 0)?.sample).toBe(9_600 + 2_400);
  });

  test("does not count while nothing sounds", () => {
    const clock = new PlaybackClock(48_000);
    clock.note(anchor({ sample: 500, advancing: false }));
    expect(clock.at(12, 0.03)?.sample).toBe(500);
  });

  test("the next track is heard when its first sample is, not when it is rendered", () => {
    const clock = new PlaybackClock(44_100);
    clock.note(anchor({ time: 10, sample: 440_000 }));
    clock.note(anchor({ time: 10.02, entry: "b", sample: 100 }));
    expect(clock.at(10.03, 0.02)?.entry).toBe("a");
    expect(clock.at(10.05, 0.02)?.entry).toBe("b");
  });

  test("a seek shows at once, whatever the latency", () => {
    const clock = new PlaybackClock(44_100);
    clock.note(anchor({ time: 10, sample: 1_000 }));
    clock.note(anchor({ time: 10.01, generation: 2, sample: 90_000 }));
    expect(clock.at(10.01, 0.3)?.sample).toBe(90_000);
  });
});
