/**
 * A day of the whole world in the model: as a fluid, and a ten-thousandth of it event by event, in wall and CPU time; bytes of an idle session; the same
 * part of a day at 1:1,000 and 1:100, whose utilisations must agree (`--g20` for it alone, `--speed` leaves it out).
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { eventDay, eventRun, fluidDay, shippedWorldDay, worldDayNames, type WorldDay } from "../../simulations/world/index.ts";
import { machine, percentile, round, type BenchCase, type BenchResult } from "./result.ts";

const rounds = 3;
const goalS = 60;
const goalBytes = 200;
const goalOff = 0.02;
const named = { seed: 1, version: "bench", command: "npm run bench -- day" } as const;
/** The world's busiest half hour. */
const part = { fromS: 19.5 * 3_600, untilS: 20 * 3_600 } as const;

export async function bench({ args }: { args: string[] }): Promise<BenchResult> {
  const before = machine();
  const day = dayOf("concurrent-streams");
  const results: BenchCase[] = [];
  if (!args.includes("--g20")) {
    for (const name of worldDayNames) results.push(...timed(`${name}, 80M at most, as a fluid in steps of 10 s`, () => void fluidDay(dayOf(name), named), name === "concurrent-streams" ? rounds : 1));
    results.push(...timed("concurrent-streams, 1:10,000 event by event, 24 h", () => void eventDay(day, { ...named, scale: 1e-4 }), rounds));
    const bytes = sessionBytes(day);
    results.push({ case: "an idle session, with its pending event", ours: bytes, limit: null, unit: "bytes", ratio: null, goal: goalBytes, met: bytes <= goalBytes });
  }
  if (!args.includes("--speed")) results.push(sameUse(day));
  return { bench: "day", machine: before, results };
}

function dayOf(name: string): WorldDay {
  const day = shippedWorldDay(name);
  if (day === undefined) throw new RangeError(`there is no day ${name}`);
  return day;
}

function timed(name: string, run: () => void, times: number): BenchCase[] {
  const taken = Array.from({ length: times }, () => {
    const [startedMs, cpu] = [performance.now(), process.cpuUsage()];
    run();
    const { user, system } = process.cpuUsage(cpu);
    return { wallS: (performance.now() - startedMs) / 1_000, cpuS: (user + system) / 1e6 };
  });
  const [wallS, cpuS] = [percentile(taken.map((one) => one.wallS), 0.5), percentile(taken.map((one) => one.cpuS), 0.5)];
  return [
    { case: name, ours: round(wallS), limit: null, unit: "s", ratio: null, goal: goalS, met: wallS <= goalS },
    { case: `${name}, CPU`, ours: round(cpuS), limit: null, unit: "s of CPU", ratio: null, goal: null, met: null },
  ];
}

function sessionBytes(day: WorldDay): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const used = () => {
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const run = eventRun(day, { seed: 1, scale: 5e-3 });
  const before = used();
  run.begin();
  const bytes = used() - before;
  const { sessions } = run;
  // It is still there when memory is read: what is done with it comes after.
  if (run.events !== 0) throw new Error("sessions are idle until the run goes on");
  return Math.round(bytes / sessions);
}

/** The largest difference of a mean utilisation. */
function sameUse(day: WorldDay): BenchCase {
  const [small, large] = [eventDay(day, { ...named, scale: 1e-3, ...part }), eventDay(day, { ...named, scale: 1e-2, ...part })];
  const byName = new Map(large.resources.map(({ name, meanUtilisation }) => [name, meanUtilisation]));
  const off = Math.max(...small.resources.map(({ name, meanUtilisation }) => Math.abs(meanUtilisation / (byName.get(name) ?? Number.NaN) - 1)));
  return { case: `utilisations at 1:1,000 against 1:100, half an hour, the worst of ${small.resources.length}`, ours: round(off), limit: null, unit: "share", ratio: null, goal: goalOff, met: off <= goalOff };
}
