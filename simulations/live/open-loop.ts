/**
 * Calls at the times of an arrival process, whatever becomes of the ones before: the loop that finds out what a service bears. Each call is
 * recorded from the time at which it was meant to leave.
 */
import type { Recorder } from "../run/index.ts";
import type { Pacer } from "./pacer.ts";

/** Starts the n-th call, from 0; the outcome is given once, never before this returns. */
export type Call = (n: number, done: (outcome: string) => void) => void;

export interface OpenLoop {
  readonly pacer: Pacer;
  readonly recorder: Recorder;
  /** Of the operation, in the recorder. */
  readonly kind: string;
  /** When calls leave, in order; as the recorder's clock. */
  readonly timesMs: Iterable<number>;
  readonly call: Call;
}

/** Resolves when the last call has left: it may still be under way. */
export function callAt({ pacer, recorder, kind, timesMs, call }: OpenLoop): Promise<void> {
  const times = timesMs[Symbol.iterator]();
  return new Promise((resolve) => {
    const next = (n: number) => {
      const { done, value } = times.next();
      if (done === true) return resolve();
      pacer.at(value, () => {
        const operation = recorder.begin(kind, value);
        operation.sent();
        call(n, (outcome) => {
          operation.end(outcome);
          // An answer woke this process: what is due leaves now, not with the timer.
          pacer.catchUp();
        });
        next(n + 1);
      });
    };
    next(0);
  });
}
