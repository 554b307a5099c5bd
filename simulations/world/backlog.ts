/**
 * The backlog of a pool as a fluid, in seconds of all that it can do: dW/dt = use - 1 while there is any. `use` goes straight from one value
 * to the next over a step, so a step's end is exact (as queueing/'s fluidBacklog, which has the whole course beforehand).
 */

export interface Backlog {
  /** At the end of the step, in s: who comes then waits so long. */
  readonly waitS: number;
  /** Work given up for its wait, over the step, in s. */
  readonly givenUpS: number;
}

/** `patienceS`: what would wait longer is given up; Infinity where nobody gives up. */
export function backlogAfter(waitS: number, fromUse: number, toUse: number, stepS: number, patienceS = Infinity): Backlog {
  const [from, to] = [fromUse - 1, toUse - 1];
  let [wait, givenUpS] = [waitS, 0];
  /** Without a change of sign. */
  const flow = (seconds: number, one: number, other: number) => {
    wait = Math.max(0, wait + ((one + other) / 2) * seconds);
    if (wait > patienceS) {
      givenUpS += wait - patienceS;
      wait = patienceS;
    }
  };
  if (from * to >= 0) flow(stepS, from, to);
  else {
    const turnsS = (stepS * from) / (from - to);
    flow(turnsS, from, 0);
    flow(stepS - turnsS, 0, to);
  }
  return { waitS: wait, givenUpS };
}
