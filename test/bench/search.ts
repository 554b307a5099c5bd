/**
 * npm run bench -- search [--small]: how long a search takes on the embedded adapter, with 100,000 and with 1,000,000
 * tracks (--small: 100,000 only). Beside each figure stands a bare primary-key select through the same pool in the same run.
 *
 * Queries are what people type: names letter by letter, words, typos, letters without their accents, misses, and
 * what people type to break things. Every query asks for 20 hits of all four types, as the search page does. CPU of a query is counted with
 * four clients: a plan needs it (simulations/planner/inputs/costs.ts).
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPorts, searchTypes, type Ports, type SearchDocument } from "../../storage/index.ts";
import { catalogue, pick, seeded } from "./catalogue.ts";
import { embeddedPostgresPid } from "../../commands/cluster/servers.ts";
import { familyCpuS } from "../../simulations/live/index.ts";
import { machine, percentile, round, type BenchCase, type BenchResult } from "./result.ts";
import { queries } from "./search-queries.ts";

const goalMs = 50;
const batch = 10_000;

export async function bench(options: { json: boolean; args?: readonly string[] }): Promise<BenchResult> {
  const on = machine();
  const results: BenchCase[] = [];
  for (const tracks of options.args?.includes("--small") === true ? [100_000] : [100_000, 1_000_000]) {
    const folder = await mkdtemp(join(tmpdir(), "ensemble-bench-search-"));
    const ports = await openPorts({ NODE_ENV: "test", NODE_ID: "bench", DATA_DIR: folder });
    try {
      results.push(...(await measure(ports, tracks, embeddedPostgresPid(folder) ?? 0)));
    } finally {
      await ports.close();
      await rm(folder, { recursive: true, force: true });
    }
  }
  return { bench: "search", machine: on, results };
}

async function measure(ports: Ports, tracks: number, server: number): Promise<BenchCase[]> {
  const { sample, documents, seconds } = await load(ports, tracks);
  const label = `${tracks / 1000}k tracks`;
  const results: BenchCase[] = [{ case: `${label}: build`, ours: Math.round(documents / seconds), limit: null, unit: "documents/s", ratio: null, goal: null, met: null }];

  const keyed: number[] = [];
  const everything: number[] = [];
  const classes = queries(sample, seeded(7));
  // The first queries after a bulk load read cold pages and set hint bits.
  for (const asked of Object.values(classes)) for (const query of asked.slice(0, 20)) await ports.search.search(query, { types: searchTypes, limit: 20 });
  for (const [name, asked] of Object.entries(classes)) {
    const took: number[] = [];
    for (const query of asked) {
      took.push(await timed(() => ports.search.search(query, { types: searchTypes, limit: 20 })));
      keyed.push(await timed(() => ports.database.query("select id from search_document where type = $1 and id = $2", ["track", pick(Math.random, sample).id])));
    }
    everything.push(...took);
    results.push(row(`${label}: ${name}`, took, keyed));
  }
  results.push(row(`${label}: all, 1 client`, everything, keyed));

  const mixed = Object.values(classes).flat();
  const together: number[] = [];
  let next = 0;
  const [serverS, own] = [familyCpuS(server), process.cpuUsage()];
  await Promise.all(Array.from({ length: 4 }, async () => {
    for (let query = mixed[next++]; query !== undefined; query = mixed[next++]) {
      const text = query;
      together.push(await timed(() => ports.search.search(text, { types: searchTypes, limit: 20 })));
    }
  }));
  const { user, system } = process.cpuUsage(own);
  results.push(row(`${label}: all, 4 clients`, together, keyed));
  const cpu = (of: string, ms: number): BenchCase => ({ case: `${label}: all, 4 clients, CPU of ${of}`, ours: round(ms / together.length), limit: null, unit: "ms a query", ratio: null, goal: null, met: null });
  results.push(cpu("PostgreSQL", (familyCpuS(server) - serverS) * 1e3), cpu("the node", (user + system) / 1e3));
  return results;
}

const row = (name: string, took: readonly number[], keyed: readonly number[]): BenchCase => {
  const p50 = percentile(took, 0.5);
  const p99 = percentile(took, 0.99);
  const limit = percentile(keyed, 0.99);
  return { case: name, ours: round(p99), limit: round(limit), unit: "ms (p99)", ratio: round(p99 / limit), p50Ms: round(p50), p99Ms: round(p99), goal: goalMs, met: p99 < goalMs };
};

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function load(ports: Ports, tracks: number): Promise<{ sample: SearchDocument[]; documents: number; seconds: number }> {
  const started = performance.now();
  const random = seeded(3);
  const sample: SearchDocument[] = [];
  let pending: SearchDocument[] = [];
  let documents = 0;
  const flush = async () => {
    await ports.search.put(pending);
    documents += pending.length;
    pending = [];
    if (documents % (batch * 10) === 0) process.stderr.write(`${documents} documents, ${Math.round(documents / ((performance.now() - started) / 1000))}/s\n`);
  };
  for (const document of catalogue(tracks)) {
    pending.push(document);
    // People ask for what is popular, and now and then for anything.
    if (random() < Math.min(1, (document.popularity / 20 + 0.2) * (20_000 / tracks))) sample.push(document);
    if (pending.length === batch) await flush();
  }
  await flush();
  const seconds = (performance.now() - started) / 1000;
  // What autovacuum does within a minute of any large import; here it would run amid the queries.
  await ports.database.query("vacuum (analyze) search_document");
  await ports.database.query("vacuum (analyze) search_term");
  process.stderr.write(`${documents} documents in ${Math.round(seconds)} s\n`);
  return { sample, documents, seconds };
}
