import { describe, expect, test } from "@jest/globals";
import { SampleQueue, type Block } from "./sample-queue.ts";

const rate = 1_000;

function block(over: Partial<Block> & { length?: number } = {}): Block {
  const { length = 100, ...rest } = over;
  return { generation: 1, entry: "a", tier: "160", sample: 0, fadeIn: false, channels: [new Float32Array(length).fill(1)], ...rest };
}

function playing(): SampleQueue {
  const queue = new SampleQueue(rate, { startSeconds: 0 });
  queue.flush(1);
  queue.setPlaying(true);
  return queue;
}

function render(queue: SampleQueue, frames: number): number[] {
  const [left, right] = [new Float32Array(frames), new Float32Array(frames)];
  queue.render(left, right);
  expect(right).toEqual(left);
  return [...left];
}

describe("sample queue - flow", () => {
  test("silence until the first block, then its samples as they are", () => {
    const queue = playing();
    expect(render(queue, 4)).toEqual([0, 0, 0, 0]);
    expect(queue.heard()).toMatchObject({ phase: "waiting", consumedFrames: 0 });
    queue.push(block({ channels: [Float32Array.of(0.1, 0.2, 0.3)] }));
    expect(render(queue, 2)).toEqual([...Float32Array.of(0.1, 0.2)]);
    expect(queue.heard()).toMatchObject({ sample: 2, consumedFrames: 2, queuedFrames: 1, advancing: true });
  });

  test("a little is not enough to begin with; a tenth of a second is, or the end", () => {
    const queue = new SampleQueue(rate);
    queue.setPlaying(true);
    queue.push(block({ length: 99 }));
    expect(render(queue, 4)).toEqual([0, 0, 0, 0]);
    queue.push(block({ length: 1, sample: 99 }));
    expect(render(queue, 4)).toEqual([1, 1, 1, 1]);
    queue.push(block({ generation: 2, length: 3 }));
    expect(queue.heard().phase).toBe("waiting");
    queue.end(2);
    expect(render(queue, 130).slice(0, 3)).not.toContain(0);
    expect(queue.heard().phase).toBe("ended");
  });

  test("one entry runs into the next inside a quantum, and the position with it", () => {
    const queue = playing();
    queue.push(block({ length: 3, sample: 97 }));
    queue.push(block({ length: 50, entry: "b" }));
    expect(render(queue, 10)).toEqual(Array(10).fill(1));
    expect(queue.heard()).toMatchObject({ entry: "b", sample: 7 });
  });

  test("empty without an end starves; it flows again with half a second, or with the end", () => {
    const queue = playing();
    queue.push(block({ length: 5 }));
    render(queue, 8);
    expect(queue.heard()).toMatchObject({ phase: "starved", advancing: false, sample: 5 });
    queue.push(block({ length: 499, sample: 5 }));
    expect(queue.heard().phase).toBe("starved");
    queue.push(block({ length: 1, sample: 504 }));
    expect(queue.heard().phase).toBe("flowing");
    render(queue, 500);
    render(queue, 1);
    queue.push(block({ length: 10, sample: 505 }));
    queue.end(1);
    expect(queue.heard().phase).toBe("flowing");
    render(queue, 10);
    expect(queue.heard().phase).toBe("ended");
  });

  test("an end of nothing is the end", () => {
    const queue = playing();
    queue.end(1);
    expect(queue.heard().phase).toBe("ended");
  });
});

describe("sample queue - generations", () => {
  test("blocks of an older generation are dropped, a newer one begins it", () => {
    const queue = playing();
    queue.push(block({ length: 10 }));
    queue.push(block({ generation: 3, sample: 500, entry: "c" }));
    expect(queue.heard()).toMatchObject({ generation: 3, entry: "c", sample: 500, consumedFrames: 0, queuedFrames: 100 });
    queue.push(block({ generation: 2, length: 50 }));
    queue.end(2);
    queue.flush(2);
    queue.flush(3);
    expect(queue.heard()).toMatchObject({ generation: 3, queuedFrames: 100 });
  });

  test("a flush fades what sounded; a start in the middle fades in; no step is larger than the ramps allow", () => {
    const queue = playing();
    queue.push(block({ length: 1_000 }));
    const before = render(queue, 10);
    queue.flush(2);
    queue.push(block({ generation: 2, length: 1_000, fadeIn: true, sample: 300 }));
    const after = [...before, ...render(queue, 400)];
    const steps = after.slice(1).map((sample, i) => Math.abs(sample - (after[i] ?? 0)));
    expect(Math.max(...steps)).toBeLessThan(0.02);
    expect(after.at(-1)).toBe(1);
    expect(queue.heard().sample).toBe(700);
  });
});

describe("sample queue - pause and gain", () => {
  test("a pause ramps out, keeps its place, and takes no sample while paused", () => {
    const queue = playing();
    queue.push(block({ length: 2_000 }));
    render(queue, 100);
    queue.setPlaying(false);
    const fading = render(queue, 300);
    expect(fading.at(-1)).toBe(0);
    const { sample, advancing } = queue.heard();
    expect([sample < 100 + 130, advancing]).toEqual([true, false]);
    expect(render(queue, 50)).toEqual(Array(50).fill(0));
    expect(queue.heard().sample).toBe(sample);
    queue.setPlaying(true);
    render(queue, 10);
    expect(queue.heard().sample).toBe(sample + 10);
  });

  test("what is queued while paused does not sound", () => {
    const queue = new SampleQueue(rate);
    queue.flush(1);
    queue.push(block());
    expect(render(queue, 10)).toEqual(Array(10).fill(0));
    queue.setPlaying(true);
    expect(render(queue, 10)).toEqual(Array(10).fill(1));
  });

  test("each entry has its gain, exactly from its first sample", () => {
    const queue = playing();
    queue.setGains(new Map([["a", 0.5], ["b", 0.25]]));
    queue.push(block({ length: 3 }));
    queue.push(block({ length: 3, entry: "b" }));
    expect(render(queue, 6)).toEqual([0.5, 0.5, 0.5, 0.25, 0.25, 0.25]);
  });

  test("a volume change takes 20 ms for the whole range, and ends exactly there", () => {
    const queue = playing();
    queue.push(block({ length: 100 }));
    render(queue, 10);
    queue.setVolume(0);
    const heard = render(queue, 40);
    expect(heard[9]).toBeCloseTo(0.5);
    expect(heard.slice(20)).toEqual(Array(20).fill(0));
  });
});

const ramp = (length: number, from = 1) => Float32Array.from({ length }, (_, n) => (from + n) / 10_000);
const rounded = (samples: readonly number[]) => samples.map((sample) => Math.round(sample * 10_000));
const upFrom = (first: number, count: number) => Array.from({ length: count }, (_, n) => first + n);

describe("sample queue - a start at a time", () => {
  test("sounds in its frame, with its samples as they are", () => {
    const queue = playing();
    queue.startIn(300, 0);
    queue.push(block({ channels: [ramp(500)] }));
    expect(render(queue, 128)).toEqual(Array(128).fill(0));
    expect(queue.heard()).toMatchObject({ phase: "flowing", advancing: false, sample: 0 });
    const heard = rounded([...render(queue, 128), ...render(queue, 128)]);
    expect(heard).toEqual([...Array(172).fill(0), ...upFrom(1, 84)]);
  });

  test("waits for a time that is not known yet", () => {
    const queue = playing();
    queue.startIn(Infinity, 0);
    queue.push(block({ channels: [ramp(500)] }));
    expect(render(queue, 400)).toEqual(Array(400).fill(0));
    queue.startIn(0, 0);
    expect(rounded(render(queue, 3))).toEqual([1, 2, 3]);
  });

  test.each([[[1_000]], [[100, 100, 800]], [[10, 900, 90]]])("that is late leaves out what should have sounded, in blocks of %j", (lengths) => {
    const queue = playing();
    queue.startIn(-100, 0);
    // Nothing is there for another 50 frames.
    render(queue, 50);
    let at = 0;
    for (const length of lengths) {
      queue.push(block({ sample: at, channels: [ramp(length, at + 1)] }));
      at += length;
      if (at === lengths[0]) render(queue, 50);
    }
    const elapsed = 250;
    render(queue, 50);
    const heard = rounded(render(queue, 200));
    expect(heard.slice(100)).toEqual(upFrom(elapsed + 100 + 1, 100));
    expect(queue.heard().sample).toBe(elapsed + 200);
  });

  test("moves what sounds to its place, back and forth, without a click", () => {
    for (const by of [-40, -3, 5, 60]) {
      const queue = playing();
      queue.push(block({ length: 3_000 }));
      const before = render(queue, 200);
      // Sample 200 is next; it is to sound `by` frames later than it would.
      queue.startIn(100 + by, 300);
      const after = [...before, ...render(queue, 500)];
      expect(queue.heard().sample).toBe(200 + 500 - by);
      const steps = after.slice(1).map((sample, i) => Math.abs(sample - (after[i] ?? 0)));
      expect(Math.max(...steps)).toBeLessThan(0.03);
    }
  });

  test("that is later than the end is the end; a flush forgets it", () => {
    const queue = playing();
    queue.startIn(-500, 0);
    queue.push(block({ length: 300 }));
    queue.end(1);
    expect(render(queue, 10)).toEqual(Array(10).fill(0));
    expect(queue.heard().phase).toBe("ended");
    queue.flush(2);
    queue.startIn(100, 0);
    queue.flush(3);
    queue.push(block({ generation: 3 }));
    expect(render(queue, 10)).toEqual(Array(10).fill(1));
  });
});
