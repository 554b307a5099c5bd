import { describe, expect, test } from "@jest/globals";
import { setTimeout as pause } from "node:timers/promises";
import { until } from "../../test/kit/wait.ts";
import { ApiError, NetworkError } from "../errors.ts";
import { ViewWatch, type QueueView } from "./view.ts";

interface View extends QueueView {
  readonly title: string;
  readonly queue?: readonly string[];
}

const view = (n: number, more: Partial<View> = {}): View => ({ epoch: 1, n, title: `t${n}`, queueVersion: 1, queue: ["a"], isNew: false, ...more });
/** As it is published: without its queue. */
const message = (n: number, { queue, ...more }: Partial<View> = {}) => {
  const { queue: _, ...rest } = view(n, more);
  return { event: "session.changed", userId: "u", ...rest, ...(queue === undefined ? {} : { queue }) };
};

function watched(first: View, failures: Error[] = []) {
  const service = { view: first, reads: 0 };
  const given: View[] = [];
  const restored: View[] = [];
  const ended: unknown[] = [];
  const watch = new ViewWatch<View>(
    async () => {
      service.reads += 1;
      await pause(1);
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      return service.view;
    },
    { onView: (one) => given.push(one), onEnd: (error) => ended.push(error), restore: async (known) => void restored.push(known) },
    { wait: (ms, signal) => pause(ms > 60_000 ? 20_000 : ms / 100, undefined, { signal, ref: false }), random: () => 0.5 },
  );
  return { watch, service, given, restored, ended };
}

describe("a watched view -", () => {
  test("is read, then follows messages with later stamps, whatever their order; its queue stays", async () => {
    const { watch, service, given } = watched(view(3));
    await watch.refresh();
    for (const one of [message(5), message(4), message(5), message(2, { epoch: 1 }), null, { event: "x" }]) watch.push(one);
    expect(given.map(({ n }) => n)).toEqual([3, 5]);
    expect(given.at(-1)).toEqual(view(5));
    watch.push(message(6, { queueVersion: 2, queue: ["b", "c"] }));
    watch.push(message(7, { queueVersion: 2 }));
    expect(watch.view).toEqual(view(7, { queueVersion: 2, queue: ["b", "c"] }));
    expect(service.reads).toBe(1);
    watch.end();
  });

  test("what came before the first read is not lost by it, what it is older than is", async () => {
    const { watch, service, given } = watched(view(3));
    const reading = watch.refresh();
    watch.push(message(4));
    service.view = view(4);
    await reading;
    expect(given.map(({ n }) => n)).toEqual([4]);
    service.view = view(2);
    await watch.refresh();
    expect(watch.view?.n).toBe(4);
    watch.end();
  });

  test("is read when a message leaves out a queue that is not known, or its counter begins anew", async () => {
    const { watch, service } = watched(view(3));
    await watch.refresh();
    service.view = view(5, { queueVersion: 2, queue: ["b"] });
    watch.push(message(5, { queueVersion: 2 }));
    await until(() => watch.view?.n === 5);
    expect(watch.view).toEqual(service.view);
    service.view = view(1, { epoch: 2, queueVersion: 2, queue: ["other"] });
    watch.push(message(1, { epoch: 2, queueVersion: 2 }));
    await until(() => watch.view?.epoch === 2);
    expect([watch.view?.queue, service.reads]).toEqual([["other"], 3]);
    watch.end();
  });

  test("what knew nothing at first is given back nothing; what lost what was known here, once for each loss", async () => {
    const { watch, service, restored } = watched(view(0, { isNew: true, queue: [] }));
    await watch.refresh();
    expect(restored).toEqual([]);
    watch.push(message(1));
    for (const loss of [2, 4]) {
      service.view = view(0, { epoch: loss, isNew: true, queue: [] });
      watch.gap();
      await until(() => watch.view?.epoch === loss);
      watch.push(message(1, { epoch: loss, isNew: true, queue: [] }));
      watch.push(message(2, { epoch: loss, isNew: false, queue: ["a"], title: `back ${loss}` }));
    }
    expect(restored.map(({ epoch, n, title }) => [epoch, n, title])).toEqual([[1, 1, "t1"], [2, 2, "back 2"]]);
    watch.end();
  });

  test("goes on after failures that pass, and ends with one that stays", async () => {
    const gone = new ApiError({ status: 404, code: "NOT_FOUND", message: "Gone.", retryable: false });
    const { watch, given, ended } = watched(view(1), [new NetworkError(new Error("reset"))]);
    await watch.refresh();
    expect([given.length, ended]).toEqual([1, []]);
    watch.end();
    const staying = watched(view(1), [gone]);
    await staying.watch.refresh();
    staying.watch.push(message(9));
    expect([staying.given, staying.ended]).toEqual([[], [gone]]);
  });
});
