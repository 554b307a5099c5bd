/**
 * npm run sim -- --seeds N [--seed K] [--threads T]: the seeded simulation of the actor runtime and of playlists
 * (docs/simulation-of-the-runtime.md).
 *
 *   --seeds N   how many seeds to run (default 1,000), from K on
 *   --seed K    the first (default 1); alone, only this one, with everything that happens in it
 *   --threads T how many run at one time (default: as many as the machine has cores)
 *
 * Prints which hard situations came about, seeds run, failures and the first failing seed. Ends with 1 when a seed failed. Ctrl-C ends it after the seed in progress.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { ConfigError } from "../config.ts";
import { simulate, simulateOnThreads } from "../test/sim/index.ts";
import { interruption } from "./interruption.ts";

const shownViolations = 5;
const everyMs = 5_000;

export default async function sim(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { seeds: { type: "string" }, seed: { type: "string" }, threads: { type: "string" } } });
  const first = whole("seed", values.seed ?? "1", 0);
  if (values.seed !== undefined && values.seeds === undefined) return replay(first);
  const count = whole("seeds", values.seeds ?? "1000", 1);
  const threads = whole("threads", values.threads ?? String(availableParallelism()), 1);
  const { signal } = interruption();
  const begun = performance.now();
  let toldAt = begun;
  let toldFailures = 0;
  const summary = await simulateOnThreads(Math.min(threads, count), first, count, ({ seeds, failures }) => {
    if (failures.length > toldFailures) {
      toldFailures = failures.length;
      console.error(`failing seeds so far: ${failures.map(({ seed }) => seed).join(", ")}`);
    }
    if (performance.now() - toldAt > everyMs) {
      toldAt = performance.now();
      console.error(`${seeds} of ${count} seeds, ${failures.length} failures, ${perSecond(seeds, begun)} seeds/s`);
    }
    return !signal.aborted;
  });
  const { seeds, failures, acknowledged, unknown, faults, refusedWrites, situations } = summary;
  for (const [situation, { seeds: shown, first: example }] of [...situations].toSorted(([, one], [, other]) => other.seeds - one.seeds)) console.log(`${String(shown).padStart(6)} seeds, such as ${example}: ${situation}`);
  for (const { seed, violations } of failures.slice(0, shownViolations)) console.log(`seed ${seed}: ${violations[0]?.checker}: ${violations[0]?.message}`);
  console.log(`${acknowledged} operations acknowledged, ${unknown} of unknown outcome, ${faults} faults, ${refusedWrites} writes refused, ${perSecond(seeds, begun)} seeds/s`);
  console.log(`${seeds} seeds run, ${failures.length} failures${failures[0] === undefined ? "" : `, the first failing seed is ${failures[0].seed}: npm run sim -- --seed ${failures[0].seed}`}`);
  return failures.length === 0 ? 0 : 1;
}

/** One seed, with everything that happens in it. */
async function replay(seed: number): Promise<number> {
  const { violations, hash } = await simulate(seed, { trace: (line) => console.log(line) });
  for (const { checker, message } of violations) console.log(`${checker}: ${message}`);
  console.log(`seed ${seed}: ${violations.length} violations, hash ${hash}`);
  return violations.length === 0 ? 0 : 1;
}

const perSecond = (seeds: number, begun: number): string => ((seeds * 1_000) / (performance.now() - begun)).toFixed(1);

function whole(name: string, text: string, least: number): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < least) throw new ConfigError([`--${name} is a whole number from ${least}, not "${text}"`]);
  return number;
}
