/**
 * `npm run bench -- NAME [--json] [...]`: measures one part beside its limit in the same run. With --json the last line
 * is one JSON object (shape: test/bench/result.ts). Exit status 0 also when a goal is missed: the figure is the result.
 */
import type { BenchResult } from "../test/bench/result.ts";

type Bench = (options: { json: boolean; args: string[] }) => Promise<BenchResult>;

const benches: Record<string, () => Promise<{ bench: Bench }>> = {
  abr: () => import("../test/bench/abr.ts"),
  actors: () => import("../test/bench/actors.ts"),
  chunks: () => import("../test/bench/chunks.ts"),
  costs: () => import("../test/bench/costs.ts"),
  day: () => import("../test/bench/day.ts"),
  engine: () => import("../test/bench/engine.ts"),
  generator: () => import("../test/bench/generator.ts"),
  "find-max": () => import("../test/bench/find-max.ts"),
  ingest: () => import("../test/bench/ingest.ts"),
  journal: () => import("../test/bench/journal.ts"),
  playlists: () => import("../test/bench/playlists.ts"),
  popularity: () => import("../test/bench/popularity.ts"),
  presence: () => import("../test/bench/presence.ts"),
  plays: () => import("../test/bench/plays.ts"),
  search: () => import("../test/bench/search.ts"),
  soak: () => import("../test/bench/soak.ts"),
  sockets: () => import("../test/bench/sockets.ts"),
};

export default async function bench(args: string[]): Promise<number> {
  const [name = "", ...rest] = args;
  const load = Object.hasOwn(benches, name) ? benches[name] : undefined;
  if (load === undefined) {
    console.error(`usage: npm run bench -- ${Object.keys(benches).join("|")} [--json]`);
    return 2;
  }
  const json = rest.includes("--json");
  const result = await (await load()).bench({ json, args: rest.filter((arg) => arg !== "--json") });
  if (json) console.log(JSON.stringify(result));
  else {
    console.log(`${result.bench} on ${typeof result.machine === "string" ? result.machine : JSON.stringify(result.machine)}`);
    console.table(result.results.map(({ case: name, ours, limit, unit, ratio, p50Ms, p99Ms, goal, met }) => ({ case: name, ours, limit, unit, ratio, p50Ms, p99Ms, goal, met })));
  }
  return 0;
}
