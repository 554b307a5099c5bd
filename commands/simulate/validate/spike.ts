/** The part of `npm run simulate -- validate` for the release spike (goal G16): the rate of edits rises to three times its base and falls; how many wait, and for how long. */
import { validation, type Recorded } from "../../../simulations/index.ts";
import type { ScratchCluster } from "../../cluster/servers.ts";
import { calibrate, inSeconds, meanOf, named, type Kind } from "./cells.ts";
import { Fleet, lanes, largestShare, ownersOf, placement, type SystemOptions } from "./system.ts";
import { Watch } from "./watch.ts";

export interface SpikeSize {
  readonly calibrateMs: number;
  readonly nodes: readonly number[];
  /** One after the other: the figures are means over them. */
  readonly spikes: number;
  readonly replications: number;
}

/** Many slots: a backlog of thousands, so that chance is a few percent of it. */
const spikeKind: Kind = { slots: 64, callers: 3, keys: 1_000, meanMs: 60, probesPerS: 20 };
const load = 0.5;
/** Short enough that no call waits on a node for longer than an attempt (3 s), after which the router sends it again. */
const shape = { startMs: 6_000, rampMs: 2_000, holdMs: 3_000, tauMs: 1_500, amplitude: 2 } as const;
const untilMs = 22_000;
const startInMs = 1_000;

export async function spike(cluster: ScratchCluster, seed: number, size: SpikeSize, say: (line: string) => void): Promise<validation.SpikeFound> {
  const kind = spikeKind;
  say("Calibrating a node of many slots...");
  const calibration = await calibrate(cluster, kind, seed, "spiking", 1, size.calibrateMs);
  const meanMs = meanOf(calibration.serviceMs);
  const groups = size.nodes.map((nodes) => {
    const options: SystemOptions = { ...kind, nodes, name: `spike${nodes}`, seed: seed + 1 };
    const base = { type: "poisson" as const, ratePerS: (load * kind.slots * 1_000) / meanMs / largestShare(options) };
    const runs = Array.from({ length: size.spikes }, (_, run) => {
      const calls = { arrivals: { type: "spike" as const, base, ...shape }, seed, name: `${options.name}/${run}`, untilMs };
      const list = validation.callsOf({ ...calls, keys: kind.keys, callers: kind.callers });
      return { calls, list, owners: ownersOf(list, placement(options)) };
    });
    return { nodes, options, runs };
  });
  const fleet = await Fleet.start(cluster, "spike", groups.map(({ options }) => options), { drivers: 2 });
  const watch = new Watch(fleet.pids);
  const measured: { nodes: number; recorded: Recorded; latencies: Float64Array; failed: number; backlog: validation.Backlog }[] = [];
  for (const [system, { nodes, runs }] of groups.entries()) {
    for (const [run, { calls, list }] of runs.entries()) {
      say(`Spike ${run + 1} of ${runs.length} on ${named(nodes)}...`);
      const { latencies, failed, recorded } = await fleet.open(system, { calls, warmUpMs: 0, startAt: Date.now() + startInMs, probesPerS: 0 });
      measured.push({ nodes, recorded, latencies, failed, backlog: validation.backlogOf(list.atMs, latencies, shape.startMs, untilMs) });
    }
  }
  const watched = watch.stop(measured.map(({ recorded }) => recorded));
  await fleet.close();
  say("Predicting the same...");
  const model = { callers: kind.callers, slots: kind.slots, lanes, serviceS: inSeconds(calibration.serviceMs), tripS: inSeconds(calibration.tripMs) };
  const cells = groups.flatMap(({ nodes, options, runs }) => {
    const replications = Array.from({ length: size.replications }, (_, number) => runs.map(({ list, owners, calls }) =>
      validation.backlogOf(list.atMs, validation.answerTimes({ ...model, nodes }, { atMs: list.atMs, callers: list.callers, owners }, { seed, number, name: calls.name }), shape.startMs, untilMs)));
    const own = measured.filter((one) => one.nodes === nodes).map(({ backlog }) => backlog);
    const cell = (figure: string, allowed: number, of: (backlog: validation.Backlog) => number): validation.Cell =>
      ({ of: `${named(options.nodes)}, mean of ${runs.length}`, figure, allowed, measured: meanOf(own.map(of)), predicted: validation.predictionOf(replications.map((each) => meanOf(each.map(of)))) });
    return [cell("peak backlog, calls", 0.1, ({ peak }) => peak), cell("drain time, s", 0.15, ({ drainMs }) => drainMs / 1_000)];
  });
  return {
    samples: calibration.serviceMs.length, cells, watched,
    failed: measured.reduce((sum, { failed }) => sum + failed, 0),
    longestMs: Math.max(...measured.map(({ latencies }) => latencies.reduce((most, value) => (value > most ? value : most), 0))),
  };
}
