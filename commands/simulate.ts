/**
 * `npm run simulate -- SCENARIO [options]`: a scenario against a real cluster on this machine and against a model of it; and the other
 * words of the table below. Each is a file of simulate/, and answers the exit status: 0 everything held, 99 a threshold was missed,
 * 97 the run is invalid, 2 bad usage.
 */
import { scenarioNames } from "../simulations/index.ts";

type Command = (args: string[]) => Promise<number>;

const words: Readonly<Record<string, () => Promise<{ default: Command }>>> = {
  replay: () => import("./simulate/replay.ts"),
  day: () => import("./simulate/day.ts"),
  validate: () => import("./simulate/validate.ts"),
  "find-max": () => import("./simulate/find-max.ts"),
  compare: () => import("./simulate/compare.ts"),
  report: () => import("./simulate/report.ts"),
  list: () => import("./simulate/list.ts"),
};

export default async function simulate(args: string[]): Promise<number> {
  const [word = "", ...rest] = args;
  const load = Object.hasOwn(words, word) ? words[word] : undefined;
  if (load !== undefined) return (await load()).default(rest);
  if (word === "" || word === "--help") {
    console.error(`usage: npm run simulate -- ${[...scenarioNames, ...Object.keys(words)].join("|")} ...`);
    return 2;
  }
  return (await import("./simulate/scenario.ts")).default(args);
}
