/** Runs one command by name: `node commands/main.ts COMMAND [arguments]`. Each command is a file beside this one. */
import { ConfigError } from "../config.ts";

type Command = (args: string[]) => Promise<number>;

const commands: Record<string, () => Promise<{ default: Command }>> = {
  start: () => import("./start.ts"),
  import: () => import("./import.ts"),
  "demo-debian": () => import("./demo-debian.ts"),
  bench: () => import("./bench.ts"),
  config: () => import("./config.ts"),
  migrate: () => import("./migrate.ts"),
  openapi: () => import("./openapi.ts"),
  keys: () => import("./keys.ts"),
  accounts: () => import("./accounts.ts"),
  repl: () => import("./repl.ts"),
  verify: () => import("./verify.ts"),
  cluster: () => import("./cluster.ts"),
  sim: () => import("./sim.ts"),
  simulate: () => import("./simulate.ts"),
  chaos: () => import("./chaos.ts"),
  plan: () => import("./plan.ts"),
};

const [name = "", ...args] = process.argv.slice(2);
const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
if (load === undefined) {
  console.error(`There is no command "${name}"; there are ${Object.keys(commands).join(", ")}.`);
  process.exitCode = 2;
} else {
  try {
    process.exitCode = await (await load()).default(args);
  } catch (error) {
    // A mistake of the person who started it is a sentence; anything else is ours and shows where it came from.
    console.error(error instanceof ConfigError || isUsage(error) ? error.message : error);
    process.exitCode = error instanceof ConfigError || isUsage(error) ? 2 : 1;
  }
}

/** Errors of node:util's parseArgs. */
function isUsage(error: unknown): error is Error {
  return error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}
