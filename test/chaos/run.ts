/**
 * One run: a cluster, callers and observers, faults by the seed's schedule, a quiet end, final reads, and the checks.
 *
 *   load and faults  |----------------------- seconds ----------------------|
 *   load alone                                                              |-- quiet --|
 *   final reads, checks                                                                 |--
 */
import type { ServiceBroker } from "moleculer";
import { shardOf } from "../../actors/runtime/placement.ts";
import { startNode, type Node } from "../../ensemble.ts";
import { resourcesOf } from "../../resources.ts";
import { Caller, overBroker, overRest, pause, type Access } from "./callers.ts";
import { checkAll, gapsByFault, gapsOf, longestOf, type FinalRead, type JournalRow, type Violation } from "./check/index.ts";
import { ChaosCluster } from "./cluster.ts";
import { History } from "./history.ts";
import { strike } from "./nemesis/index.ts";
import { Observer } from "./observer.ts";
import { nodeOptionsOf, type Plant } from "./plants/index.ts";
import { Seeded } from "./random.ts";
import { reportOf, type Report } from "./report.ts";
import { schedule, type NemesisName } from "./schedule.ts";
import { Windows } from "./windows.ts";
import { tracks, workloads } from "./workloads/index.ts";

export interface RunOptions {
  readonly workload: string;
  readonly nemesis: readonly (NemesisName | "mixed")[];
  /** Of faults. */
  readonly seconds: number;
  /** Of load without faults behind them. */
  readonly quietSeconds: number;
  readonly seed: number;
  readonly nodes: number;
  /** A bug to be caught. */
  readonly plant?: Plant;
  /** Folder for the logs of the nodes, kept after a failed run. */
  readonly keepIn?: string;
  readonly tell: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface RunResult {
  readonly report: Report;
  readonly violations: readonly Violation[];
  readonly history: History;
}

/** Callers that come over REST, when the workload does not say; the others are nodes' neighbours on the bus. */
const usualRestCallers = 2;
/** They rest after each round: all of them are one account, and the gateway makes who calls too often wait, which would look like a shard that is away. */
const restRestMs = 200;
const observersPerPlaylist = 2;
/** Whoever runs the harness may do what operators do. */
const operator = { user: { id: "operator", username: "operator", plan: "premium", role: "admin", country: "ZZ" } } as const;
/** After the quiet end a call still waits so long for its answer. */
const patienceMs = 15_000;

export async function run(options: RunOptions): Promise<RunResult> {
  const { tell, nodes, seed } = options;
  tell(`Starting PostgreSQL, Redis, NATS, ${nodes} nodes and a gateway...`);
  const cluster = await ChaosCluster.start({ nodes, gateways: 1, nodeOptions: options.plant === undefined ? "" : nodeOptionsOf(options.plant) });
  let caller: Node | undefined;
  try {
    await makeTracks(cluster);
    for (const sql of options.plant?.sql ?? []) await cluster.ask(sql);
    caller = await startNode(cluster.callerConfig("chaos"), []);
    return await loaded(options, cluster, caller.broker, new Seeded(seed));
  } finally {
    await caller?.stop().catch(() => {});
    await cluster.stop();
  }
}

async function loaded(options: RunOptions, cluster: ChaosCluster, broker: ServiceBroker, random: Seeded): Promise<RunResult> {
  const { tell, seconds, quietSeconds, seed, nodes, nemesis } = options;
  const workload = workloads[options.workload];
  if (workload === undefined) throw new Error(`there is no workload ${options.workload}`);
  const history = new History();
  const { user, rest } = await register(cluster);
  const bus = overBroker(broker, user);
  await broker.waitForServices(["playlist"], 20_000);
  const playlists = await makePlaylists(broker, user, workload.playlists);
  const { topics } = resourcesOf(broker).ports;
  const observers = await Promise.all(playlists.flatMap((playlist) => Array.from({ length: observersPerPlaylist }, (_, n) => Observer.open(`observer-${n + 1}`, playlist, topics, bus))));

  const faults = schedule(random.fork(0), nemesis, seconds, nodes);
  tell(`${workload.callers} callers on ${playlists.length} playlists; ${faults.length} faults in ${seconds} s, then ${quietSeconds} s of quiet`);
  // Faults may take longer than planned: processes start as fast as the machine lets them.
  let endAt = Infinity;
  const giveUpAt = () => endAt + patienceMs;
  const startedAt = history.now();
  const restCallers = workload.restCallers ?? usualRestCallers;
  const callers = Array.from({ length: workload.callers }, (_, n) => new Caller({ name: `c${n + 1}`, access: n < restCallers ? rest : bus, history, random: random.fork(n + 1), giveUpAt }));
  const isOver = () => history.now() >= endAt || options.signal?.aborted === true;
  const loads = Promise.all([
    ...callers.map(async (caller) => {
      const isRest = callers.indexOf(caller) < restCallers;
      while (!isOver()) {
        await workload.round(caller, playlists);
        if (isRest) await pause(restRestMs);
      }
    }),
    reader(new Caller({ name: "reader", access: bus, history, random: random.fork(99), giveUpAt }), playlists, isOver),
  ]);
  const progress = setInterval(() => tell(`  ${history.acked.length} acknowledged, ${history.operations.length - history.acked.length} open or refused`), 5_000);
  const windows = new Windows(cluster, () => history.now());
  const shards = [...new Set(playlists.map((playlist) => shardOf("playlist", playlist)))];
  const order = (node: string, action: string, params: object) => broker.call(`actors.${action}`, params, { nodeID: node, meta: operator, timeout: 40_000 });
  const { done, failures } = await strike({ cluster, windows, shards, order }, faults, tell);
  endAt = Math.max(history.now(), startedAt + seconds * 1_000) + quietSeconds * 1_000;
  tell("quiet");
  await windows.during("none", undefined, () => loads);
  clearInterval(progress);

  tell("reading");
  await cluster.counters.lookAtAll();
  const rows = await journalOf(cluster);
  const unreadable: Violation[] = [];
  const cannot = (playlist: string, reader: string) => (error: unknown) => void unreadable.push({ kind: "state", playlist, about: `${reader} cannot read it: ${error instanceof Error ? error.message : String(error)}`, opIds: [] });
  const reads = (await Promise.all(playlists.flatMap((playlist) => [finalRead("bus", bus, playlist).catch(cannot(playlist, "bus")), finalRead("rest", rest, playlist).catch(cannot(playlist, "rest"))]))).filter((read) => read !== undefined);
  await Promise.all(observers.map((observer) => observer.catchUp().catch(cannot(observer.playlist, observer.observer))));
  for (const observer of observers) observer.close();

  const violations = [...checkAll({ history, rows, observed: observers, reads, mayYield: workload.mayYield === true }), ...unreadable, ...(workload.check?.(history, reads) ?? [])];
  const gaps = gapsOf(history.operations, (playlist) => shardOf("playlist", playlist));
  const report = reportOf({
    workload: options.workload, nemesis, seed, seconds: Math.round((endAt - startedAt) / 1_000), nodes, history, violations, failures,
    longestGaps: longestOf(gaps), gaps: gapsByFault(gaps, windows.list),
    refusedZombieWrites: cluster.refusedAppends,
    refusedByOwner: cluster.counters.sum("ensemble_actor_refused_total"),
    sentTwice: callers.reduce((sum, { sentTwice }) => sum + sentTwice, 0),
    faults: done,
    pushes: observers.reduce((sum, { told }) => sum + told.length, 0),
  });
  if (options.keepIn !== undefined && (violations.length > 0 || failures.length > 0)) await cluster.keepLogs(options.keepIn);
  return { report, violations, history };
}

/** Reads one playlist after the other as its owner, all the time. */
async function reader(caller: Caller, playlists: readonly string[], isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    await caller.read(caller.random.pick(playlists));
    await pause(25);
  }
}

/** One listener, who owns everything: what callers may is not what is tested here. */
async function register(cluster: ChaosCluster): Promise<{ user: Readonly<Record<string, unknown>>; rest: Access }> {
  const address = cluster.gateways[0]?.address ?? "";
  const ask = async <T>(path: string, token?: string, body?: object): Promise<T> => {
    const headers = { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), "content-type": "application/json" };
    const response = await fetch(`${address}/v1${path}`, { headers, ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }) });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  };
  const { accessToken } = await ask<{ accessToken: string }>("/auth/register", undefined, { username: "chaos", password: "correct horse battery", country: "SE" });
  const me = await ask<Record<string, unknown>>("/me", accessToken);
  return { user: { plan: "free", role: "listener", country: "SE", ...me }, rest: overRest(address, accessToken) };
}

/** Playlists hold only tracks that exist; nobody plays these. */
async function makeTracks(cluster: ChaosCluster): Promise<void> {
  await cluster.ask("insert into artist (id, name, name_key, sort_name) values ('a', 'Chaos', 'chaos', 'chaos')");
  await cluster.ask("insert into album (id, title, title_key, artist_id) values ('a', 'Chaos', 'chaos', 'a')");
  await cluster.ask("insert into track (id, title, title_key, album_id, duration_ms) select 'track-' || n, 'Track ' || n, 'track ' || n, 'a', 1000 from generate_series(1, $1::int) n", [tracks]);
}

async function makePlaylists(broker: ServiceBroker, user: object, count: number): Promise<string[]> {
  const made = Array.from({ length: count }, (_, n) => broker.call<{ id: string }, object>("playlist.create", { name: `Chaos ${n + 1}`, opId: `create-${n + 1}` }, { meta: { user }, timeout: 10_000 }));
  return (await Promise.all(made)).map(({ id }) => id);
}

/** What the database holds. */
async function journalOf(cluster: ChaosCluster): Promise<JournalRow[]> {
  const rows = await cluster.ask<{ actor: string; seq: string; epoch: string; op_id: string; body: { e: JournalRow["event"] } }>("select actor, seq, epoch, op_id, body from journal where actor like 'playlist/%' order by actor, seq");
  return rows.map(({ actor, seq, epoch, op_id, body }) => ({ playlist: actor.slice("playlist/".length), seq: Number(seq), epoch: Number(epoch), opId: op_id, event: body.e }));
}

/** What a reader gets in the end; asked for again while the cluster is still busy coming back. */
async function finalRead(reader: string, access: Access, playlist: string): Promise<FinalRead> {
  for (let attempt = 1; ; attempt++) {
    try {
      return { reader, playlist, ...(await access.get(playlist)) };
    } catch (error) {
      if (attempt === 10) throw error;
      await pause(500);
    }
  }
}
