import { describe, expect, test } from "@jest/globals";
import { setTimeout as pause } from "node:timers/promises";
import { until } from "../../test/kit/wait.ts";
import { ApiError, NetworkError } from "../errors.ts";
import { Watch } from "./watch.ts";

const event = (version: number) => ({ version });
const range = (from: number, to: number) => Array.from({ length: Math.max(0, to - from + 1) }, (_, n) => event(from + n));
const gone = new ApiError({ status: 410, code: "OPS_GONE", message: "Gone.", retryable: false });

/** A playlist with so many events; reads answer pages of ten, after each of `failures` was thrown once. */
function watched(options: { last: number; failures?: Error[]; recheckMs?: number }) {
  const given: number[] = [];
  const ended: unknown[] = [];
  const state = { ...options, reads: 0 };
  const failures = [...(options.failures ?? [])];
  const watch = new Watch<{ version: number }>(
    {
      fromVersion: 0,
      read: async (since) => {
        state.reads += 1;
        const failure = failures.shift();
        if (failure !== undefined) throw failure;
        return range(since + 1, Math.min(state.last, since + 10));
      },
      onEvents: (events) => given.push(...events.map(({ version }) => version)),
      onEnd: (error) => ended.push(error),
      ...(options.recheckMs === undefined ? {} : { recheckMs: options.recheckMs }),
    },
    // Time runs fast here: a recheck is due at once when it was asked for, and never otherwise.
    {
      wait: async (ms, signal) => {
        await pause(ms > 60_000 ? 20_000 : ms / 100, undefined, { signal, ref: false });
      },
      random: () => 0.5,
    },
  );
  return { watch, given, ended, state };
}

const upTo = (last: number) => Array.from({ length: last }, (_, n) => n + 1);

describe("a watched playlist -", () => {
  test("reads every page of what happened since", async () => {
    const { watch, given } = watched({ last: 35 });
    await watch.refresh();
    expect(given).toEqual(upTo(35));
    watch.end();
  });

  test("takes pushes in order without reading, and reads what one leaves out", async () => {
    const { watch, given, state } = watched({ last: 3 });
    watch.push({ ops: range(1, 3) });
    expect([given, state.reads]).toEqual([[1, 2, 3], 0]);
    state.last = 8;
    watch.push({ ops: range(7, 8) });
    await until(() => given.length === 8);
    watch.push({ ops: range(2, 8) });
    expect(given).toEqual(upTo(8));
    watch.end();
  });

  test("reads again when told of a gap, and now and then without being told", async () => {
    const told = watched({ last: 5 });
    told.watch.gap();
    await until(() => told.given.length === 5);
    told.watch.end();
    const untold = watched({ last: 5, recheckMs: 10 });
    await until(() => untold.given.length === 5);
    untold.state.last = 7;
    await until(() => untold.given.length === 7);
    untold.watch.end();
  });

  test("goes on after failures that pass, and ends with one that stays", async () => {
    const busy = new ApiError({ status: 503, code: "UNAVAILABLE", message: "Later.", retryable: true });
    const passing = watched({ last: 5, failures: [new NetworkError(new Error("reset")), busy] });
    await passing.watch.refresh();
    expect([passing.given, passing.ended]).toEqual([upTo(5), []]);
    passing.watch.end();
    const staying = watched({ last: 5, failures: [gone] });
    await staying.watch.refresh();
    expect([staying.given, staying.ended]).toEqual([[], [gone]]);
    staying.watch.push({ ops: [event(1)] });
    expect(staying.given).toEqual([]);
  });
});
