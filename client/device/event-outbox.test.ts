import { describe, expect, test } from "@jest/globals";
import { until } from "../../test/kit/wait.ts";
import { ApiError, NetworkError } from "../errors.ts";
import { EventOutbox, memoryEventStore, type EventStore } from "./event-outbox.ts";
import type { PlaybackEvent } from "./playback-events.ts";

const event = (n: number, type: PlaybackEvent["type"] = "pause"): PlaybackEvent => ({ eventId: `e${n}`, type, playbackId: "p", trackId: "t", positionMs: n, listenedMs: n, at: n });
const answered = (status: number, retryable: boolean) => new ApiError({ status, code: "X", message: "x", retryable });

function outbox(options: { failures?: (Error | null)[]; store?: EventStore; most?: number } = {}) {
  const sent: string[] = [];
  const waits: number[] = [];
  const failures = [...(options.failures ?? [])];
  const made = new EventOutbox({
    send: async ({ eventId }) => {
      sent.push(eventId);
      const failure = failures.shift();
      if (failure !== undefined && failure !== null) throw failure;
    },
    wait: async (ms) => {
      waits.push(ms);
    },
    random: () => 0.99,
    ...(options.store === undefined ? {} : { store: options.store }),
    ...(options.most === undefined ? {} : { most: options.most }),
  });
  return { outbox: made, sent, waits };
}

describe("event outbox -", () => {
  test("one after the other, in order; what has no answer is told again, before what follows", async () => {
    const lost = new NetworkError(new Error("reset"));
    const { outbox: box, sent, waits } = outbox({ failures: [lost, answered(503, true), answered(401, false), null] });
    for (const n of [1, 2, 3]) box.add(event(n));
    await until(() => box.waiting.length === 0);
    expect(sent).toEqual(["e1", "e1", "e1", "e1", "e2", "e3"]);
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
  });

  test("what is refused for good does not hold up the rest", async () => {
    const { outbox: box, sent } = outbox({ failures: [answered(422, false)] });
    box.add(event(1));
    box.add(event(2));
    await until(() => box.waiting.length === 0);
    expect(sent).toEqual(["e1", "e2"]);
  });

  test("what was not acknowledged is there after a restart", async () => {
    const store = memoryEventStore();
    const stopped = new EventOutbox({ store, send: () => Promise.reject(new NetworkError(new Error("away"))), wait: (_, signal) => new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("ended")))) });
    stopped.add(event(1));
    stopped.add(event(2));
    stopped.close();
    const { outbox: box, sent } = outbox({ store });
    await until(() => box.waiting.length === 0);
    expect(sent).toEqual(["e1", "e2"]);
    expect(store.load()).toEqual([]);
  });

  test("it does not wait out a pause when the service is back", async () => {
    let away = true;
    const box = new EventOutbox({ send: () => (away ? Promise.reject(new NetworkError(new Error("away"))) : Promise.resolve()), random: () => 0.99, wait: (_, signal) => new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("now")))) });
    box.add(event(1));
    await new Promise(setImmediate);
    away = false;
    box.retryNow();
    await until(() => box.waiting.length === 0);
    box.close();
  });

  test("bounded: the oldest progress goes first, then the oldest, never the one on its way", () => {
    const box = new EventOutbox({ send: () => new Promise(() => undefined), most: 4 });
    const kinds: readonly PlaybackEvent["type"][] = ["progress", "pause", "progress", "resume", "pause", "resume", "pause"];
    for (const [n, type] of kinds.entries()) box.add(event(n, type));
    expect(box.waiting.map(({ eventId }) => eventId)).toEqual(["e0", "e4", "e5", "e6"]);
    box.close();
  });
});
