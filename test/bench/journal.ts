/**
 * `npm run bench -- journal`: events of 10,000 actors in 256 shards, appended in batches as group commits come, one after
 * another on one connection, on the embedded PostgreSQL with fsync on.
 *
 *   append          ActorStore.append: checks, encoding, the fence, a row per event
 *   raw statement   the limit: a plain insert of the same rows into the same table, its arrays made beforehand
 *   row per commit  what was not chosen (docs/decisions/0010): the whole batch as one row behind the same node's fence
 *
 * The three take turns, round by round, in changing order; figures are medians of rounds, and a ratio is the median of the
 * ratios of neighbouring rounds: on a busy machine both sides of one ratio saw the same moment. CPU is this process's and the
 * connection's server process's together.
 */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { processCpuS } from "../../simulations/live/index.ts";
import { migrate, openPorts, openServer, type JournalAppend, type Lease } from "../../storage/index.ts";
import { machine, percentile, round, type BenchCase, type BenchResult } from "./result.ts";

const actors = 10_000;
const shards = 256;
const rounds = 21;
const goalRatio = 0.8;
/** Events of a batch, and batches of a round. */
const sizes = [{ size: 64, batches: 60 }, { size: 500, batches: 16 }, { size: 2_000, batches: 6 }] as const;
/** Of Linux's CPU clock, in /proc. */
const serverCpuUs = (pid: number): number => (processCpuS(pid) ?? 0) * 1e6;

interface Figure {
  readonly perSecond: number;
  readonly cpuUs: number;
  readonly tookMs: readonly number[];
}

interface Way {
  readonly name: "append" | "raw" | "commit row";
  /** What is to be measured, with everything made that belongs to no way. */
  prepare(events: readonly JournalAppend[]): () => Promise<unknown>;
  readonly pid: number;
  readonly figures: Figure[];
}

export async function bench(options: { json: boolean; args: string[] }): Promise<BenchResult> {
  const on = machine();
  const DATA_DIR = await mkdtemp(join(tmpdir(), "ensemble-bench-journal-"));
  const settings = { NODE_ENV: "test", NODE_ID: "bench", DATA_DIR } as const;
  const server = await openServer(settings);
  await migrate(server.url, "up");
  const ports = await openPorts({ ...settings, DATABASE_URL: server.url });
  const client = new Client({ connectionString: server.url });
  try {
    await client.connect();
    const lease = await ports.actors.join("bench", ["playlist"], 600_000);
    const owned = await ports.actors.claim(lease, Array.from({ length: shards }, (_, n) => `playlist/${n}`));
    const epochs = new Map(owned.map(({ shard, epoch }) => [shard, epoch]));
    await ports.actors.append(lease, [event("playlist/first", 1, epochs)]);
    // Not compressed: that would cost more than everything else of it.
    await client.query("create table batch (writer text, seq bigint, events int not null, body text not null, committed_at timestamptz not null default now(), primary key (writer, seq))");
    await client.query("alter table batch alter column body set storage external");
    const pids = (await client.query<{ pid: number; name: string }>("select pid, application_name as name from pg_stat_activity where datname = current_database()")).rows;
    const ours = pids.find(({ name }) => name === "ensemble bench journal")?.pid ?? 0;
    const [own] = (await client.query<{ pid: number }>("select pg_backend_pid() as pid")).rows;
    const raw = { pid: own?.pid ?? 0 };

    const results: BenchCase[] = [];
    for (const { size, batches } of sizes) {
      const ways: readonly [Way, Way, Way] = [
        { name: "append", prepare: (events) => () => ports.actors.append(lease, events), pid: ours, figures: [] },
        { name: "raw", prepare: (events) => rawInsert(client, events), ...raw, figures: [] },
        { name: "commit row", prepare: (events) => () => commitRow(client, lease, events), ...raw, figures: [] },
      ];
      const seqs = new Map<string, number>();
      for (let count = 0; count <= rounds; count++) {
        // The first round warms up.
        if (count === 1) for (const { figures } of ways) figures.length = 0;
        for (let turn = 0; turn < ways.length; turn++) await measure(ways[(turn + count) % ways.length] as Way, size, batches, epochs, seqs);
      }
      const said = cases(size, ways);
      if (!options.json) for (const { case: name, ours: figure, limit, unit } of said) console.log(`${name}: ${figure} against ${limit} ${unit}`);
      results.push(...said);
    }
    return { bench: "journal", machine: on, results };
  } finally {
    await client.end();
    await ports.close();
    await server.close();
    await rm(DATA_DIR, { recursive: true, force: true });
  }
}

async function measure(way: Way, size: number, batches: number, epochs: ReadonlyMap<string, number>, seqs: Map<string, number>): Promise<void> {
  const next = (): JournalAppend => {
    const actor = `playlist/${way.name} ${size} ${Math.floor(Math.random() * actors)}`;
    const seq = (seqs.get(actor) ?? 0) + 1;
    seqs.set(actor, seq);
    return event(actor, seq, epochs);
  };
  const works = Array.from({ length: batches }, () => way.prepare(Array.from({ length: size }, next)));
  const tookMs: number[] = [];
  const [before, cpu] = [serverCpuUs(way.pid), process.cpuUsage()];
  const begun = performance.now();
  for (const work of works) {
    const started = performance.now();
    await work();
    tookMs.push(performance.now() - started);
  }
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const events = size * batches;
  way.figures.push({ perSecond: events / seconds, cpuUs: (user + system + (serverCpuUs(way.pid)) - before) / events, tookMs });
}

function cases(size: number, [append, raw, commit]: readonly [Way, Way, Way]): BenchCase[] {
  const took = append.figures.flatMap(({ tookMs }) => tookMs);
  const against = (limit: Way, what: string, of: "perSecond" | "cpuUs") => {
    const isRate = of === "perSecond";
    const medianOf = (way: Way) => (isRate ? Math.round : round)(percentile(way.figures.map((figure) => figure[of]), 0.5));
    const ratio = percentile(append.figures.map((figure, index) => figure[of] / (limit.figures[index]?.[of] ?? Number.NaN)), 0.5);
    return { case: `batches of ${size}: append, against ${what}${isRate ? "" : ", CPU"}`, ours: medianOf(append), limit: medianOf(limit), unit: isRate ? "events/s" : "us per event", ratio: round(ratio), goal: null, met: null };
  };
  const first = against(raw, "the raw statement", "perSecond");
  return [
    { ...first, p50Ms: round(percentile(took, 0.5)), p99Ms: round(percentile(took, 0.99)), goal: `ratio at least ${goalRatio}`, met: first.ratio >= goalRatio },
    against(raw, "the raw statement", "cpuUs"),
    against(commit, "a row per commit", "perSecond"),
    against(commit, "a row per commit", "cpuUs"),
  ];
}

/** An event as large as an edit of a playlist. */
function event(actor: string, seq: number, epochs: ReadonlyMap<string, number>): JournalAppend {
  const shard = `playlist/${Number(/\d+$/.exec(actor)?.[0] ?? 0) % shards}`;
  const [trackId, itemId, after, opId] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  return { actor, shard, epoch: epochs.get(shard) ?? 0, seq, opId, body: JSON.stringify({ v: 1, at: 1_763_800_000_000 + seq, e: { type: "add", trackId, itemId, after, by: "listener" }, r: { itemIds: [itemId] } }) };
}

const literal = (values: readonly (string | number)[]) => `{${values.map((value) => `"${String(value).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`).join(",")}}`;

function rawInsert(client: Client, events: readonly JournalAppend[]): () => Promise<unknown> {
  const values = [events.map(({ actor }) => actor), events.map(({ seq }) => seq), events.map(({ opId }) => opId), events.map(({ epoch }) => epoch), events.map(({ body }) => body)].map(literal);
  return () => client.query({ name: "raw", text: "insert into journal (actor, seq, op_id, epoch, body) select * from unnest($1::text[], $2::int8[], $3::text[], $4::int8[], $5::json[])", values });
}

let commits = 0;

async function commitRow(client: Client, { node, incarnation }: Lease, events: readonly JournalAppend[]): Promise<void> {
  const body = `[${events.map(({ actor, seq, opId, epoch, body: own }) => `{"actor":${JSON.stringify(actor)},"seq":${seq},"opId":${JSON.stringify(opId)},"epoch":${epoch},"body":${own}}`).join(",")}]`;
  const text = `
    with life as materialized (select from node where id = $1 and incarnation = $2 for key share)
    insert into batch (writer, seq, events, body) select $1, $3, $4, $5 where exists (select from life)`;
  await client.query({ name: "commit row", text, values: [node, incarnation, ++commits, events.length, body] });
}
