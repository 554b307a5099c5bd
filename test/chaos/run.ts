/**
 * One run: a cluster, a load, faults by the seed's schedule, a quiet end, final reads, and the checks.
 *
 *   load and faults  |----------------------- seconds ----------------------|
 *   load alone                                                              |-- quiet --|
 *   final reads, checks                                                                 |--
 */
import type { ServiceBroker } from "moleculer";
import { startNode, type Node } from "../../ensemble.ts";
import { gapsByFault, gapsOf, longestOf, type Violation } from "./check/index.ts";
import { ChaosCluster } from "./cluster.ts";
import { History } from "./history.ts";
import { makeTracks } from "./listeners.ts";
import { strike } from "./nemesis/index.ts";
import { nodeOptionsOf, type Plant } from "./plants/index.ts";
import { Seeded } from "./random.ts";
import { reportOf, type Report } from "./report.ts";
import { schedule, type NemesisName } from "./schedule.ts";
import { Windows } from "./windows.ts";
import { workloads, type Stage, type Workload } from "./workloads/index.ts";

export interface RunOptions {
  readonly workload: string;
  readonly nemesis: readonly (NemesisName | "mixed" | "none")[];
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

/** Whoever runs the harness may do what operators do. */
const operator = { user: { id: "operator", username: "operator", plan: "premium", role: "admin", country: "ZZ" } } as const;
/** After the quiet end a call still waits so long for its answer. */
const patienceMs = 15_000;

export async function run(options: RunOptions): Promise<RunResult> {
  const { tell, nodes, seed, plant } = options;
  const workload = workloads[options.workload];
  if (workload === undefined) throw new Error(`there is no workload ${options.workload}`);
  const { services, gateways } = workload;
  tell(`Starting PostgreSQL, Redis, NATS, ${nodes} nodes and ${gateways === 1 ? "a gateway" : `${gateways} gateways`}...`);
  const nodeOptions = plant === undefined ? "" : nodeOptionsOf(plant);
  const cluster = await ChaosCluster.start({ nodes, services, gateways, nodeOptions: plant?.in === undefined ? nodeOptions : "", gatewayOptions: plant?.in === "gateways" ? nodeOptions : "", consumerOptions: plant?.in === "consumer" ? nodeOptions : "" });
  let caller: Node | undefined;
  const ends: (() => unknown)[] = [];
  try {
    await makeTracks(cluster);
    for (const sql of plant?.sql ?? []) await cluster.ask(sql);
    caller = await startNode(cluster.callerConfig("chaos"), []);
    return await loaded(options, workload, cluster, caller.broker, new Seeded(seed), ends);
  } finally {
    for (const end of ends) await end();
    await caller?.stop().catch(() => {});
    await cluster.stop();
  }
}

async function loaded(options: RunOptions, workload: Workload, cluster: ChaosCluster, broker: ServiceBroker, random: Seeded, ends: (() => unknown)[]): Promise<RunResult> {
  const { tell, seconds, quietSeconds, seed, nodes, nemesis } = options;
  const history = new History();
  // Faults may take longer than planned: processes start as fast as the machine lets them.
  let endAt = Infinity;
  const stage: Stage = { cluster, broker, random, history, isOver: () => history.now() >= endAt || options.signal?.aborted === true, giveUpAt: () => endAt + patienceMs, onEnd: (end) => void ends.push(end) };
  const load = await workload.begin(stage);

  const { betweenMs, hasJournal } = workload;
  const faults = schedule(random.fork(0), nemesis, seconds, nodes, { hasJournal, ...(betweenMs === undefined ? {} : { betweenMs }) });
  tell(`${load.about}; ${faults.length} faults in ${seconds} s, then ${quietSeconds} s of quiet`);
  const startedAt = history.now();
  const loads = load.run();
  const progress = setInterval(() => tell(`  ${history.acked.length} acknowledged, ${history.operations.length - history.acked.length} open or refused`), 5_000);
  const windows = new Windows(cluster, () => history.now());
  const order = (node: string, action: string, params: object) => broker.call(`actors.${action}`, params, { nodeID: node, meta: operator, timeout: 40_000 });
  const { done, failures } = await strike({ cluster, windows, shards: load.shards, order }, faults, tell, load);
  endAt = Math.max(history.now(), startedAt + seconds * 1_000) + quietSeconds * 1_000;
  tell("quiet");
  await windows.during("none", undefined, () => loads);
  clearInterval(progress);

  tell("reading");
  await cluster.counters.lookAtAll();
  const { violations, sentTwice, figures, vacuous } = await load.finish();
  for (const [reason, refused] of Map.groupBy(history.operations.filter(({ outcome }) => outcome === "fail"), ({ op, reason: why }) => `${op.type}: ${why}`)) tell(`refused ${refused.length} times: ${reason}`);
  const gaps = gapsOf(history.operations, (subject) => load.shardOf(subject));
  const report = reportOf({
    workload: options.workload, nemesis, seed, seconds: Math.round((endAt - startedAt) / 1_000), nodes, history, violations, failures, sentTwice, hasJournal, vacuous,
    longestGaps: longestOf(gaps), gaps: gapsByFault(gaps, windows.list),
    refusedZombieWrites: cluster.refusedAppends,
    refusedByOwner: cluster.counters.sum("ensemble_actor_refused_total"),
    faults: done,
    ...(figures === undefined ? {} : { figures }),
  });
  if (options.keepIn !== undefined && (violations.length > 0 || failures.length > 0)) await cluster.keepLogs(options.keepIn);
  return { report, violations, history };
}
