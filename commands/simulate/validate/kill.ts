/** The part of `npm run simulate -- validate` for a killed node (goal G16): one of three gets SIGKILL under load; for how long its actors are away, and what that does to the minute after. */
import { limits } from "../../../actors/runtime/index.ts";
import { Stream, validation } from "../../../simulations/index.ts";
import type { ScratchCluster } from "../../cluster/servers.ts";
import { cellKind, meanOf, modelOf, type Calibration } from "./cells.ts";
import { Fleet, largestShare, ownersOf, placement, type SystemOptions } from "./system.ts";
import { Watch } from "./watch.ts";

export interface KillSize {
  /** Systems side by side, each of which loses a node at the same moment. */
  readonly systems: number;
  /** After the kill. */
  readonly untilMs: number;
  readonly replications: number;
}

const nodes = 3;
const killed = 1;
/** Two nodes must bear it afterwards. */
const load = 0.45;
const killAtMs = 15_000;
const startInMs = 1_000;
/** From a survivor's look to the moment in which callers know: ending the dead node's life in the store, and the claim. Part of the 20 % that is allowed, so not calibrated. */
const claimS = 0.03;
const spanMs = 60_000;

export async function kill(cluster: ScratchCluster, seed: number, size: KillSize, calibration: Calibration, say: (line: string) => void): Promise<validation.KillFound> {
  const kind = cellKind;
  const meanMs = meanOf(calibration.serviceMs);
  const span = Math.min(spanMs, size.untilMs);
  const all = Array.from({ length: size.systems }, (_, n) => {
    const options: SystemOptions = { ...kind, nodes, name: `kill${n}`, seed: seed + 1 };
    const calls = { arrivals: { type: "poisson" as const, ratePerS: (load * kind.slots * 1_000) / meanMs / largestShare(options) }, seed, name: options.name, untilMs: killAtMs + size.untilMs };
    const list = validation.callsOf({ ...calls, keys: kind.keys, callers: kind.callers });
    return { options, calls, list, owners: ownersOf(list, placement(options)), heirs: ownersOf(list, placement(options, (node) => node !== killed)) };
  });
  const fleet = await Fleet.start(cluster, "kill", all.map(({ options }) => options), { drivers: 2 });
  say(`Killing one of three nodes in ${size.systems} systems, side by side...`);
  const watch = new Watch(fleet.pids);
  const startAt = Date.now() + startInMs;
  const opening = Promise.all(all.map(({ calls }, n) => fleet.open(n, { calls, warmUpMs: 0, startAt, probesPerS: 0 })));
  await new Promise((resolve) => setTimeout(resolve, startAt + killAtMs - Date.now()));
  const failedAtMs = Date.now() - startAt;
  fleet.kill(killed);
  const opened = await opening;
  const watched = watch.stop(opened.map(({ recorded }) => recorded));
  await fleet.close();
  say("Predicting the same...");
  type One = (typeof all)[number];
  const outage = ({ list, owners, heirs }: One, latenciesMs: Float64Array, atMs: number) =>
    validation.outageOf({ atMs: list.atMs, latenciesMs, heirOf: (call) => (owners[call] === killed ? heirs[call] : undefined), failedAtMs: atMs, spanMs: span });
  const measured = all.map((one, n) => outage(one, opened[n]?.latencies ?? new Float64Array(), failedAtMs));
  const model = modelOf(kind, nodes, calibration);
  const replications = Array.from({ length: size.replications }, (_, number) => all.map((one) => {
    const chance = new Stream(seed, "takeover", one.options.name, number);
    const takenAtS = validation.takeoverTimes(limits, nodes, killed, killAtMs / 1_000, claimS, chance);
    const { list, owners, heirs } = one;
    return outage(one, validation.answerTimes(model, { atMs: list.atMs, callers: list.callers, owners, failure: { node: killed, atS: killAtMs / 1_000, takenAtS, heirs } }, { seed, number, name: one.options.name }), killAtMs);
  }));
  const cell = (figure: string, of: (outage: validation.Outage) => number): validation.Cell =>
    ({ of: `one of 3 nodes, mean of ${size.systems}`, figure, allowed: 0.2, measured: meanOf(measured.map(of)), predicted: validation.predictionOf(replications.map((each) => meanOf(each.map(of)))) });
  return {
    cells: [cell("unavailable window, s", ({ windowMs }) => windowMs / 1_000), cell(`p99 of the ${span / 1_000} s after, s`, ({ p99Ms }) => p99Ms / 1_000)],
    windowsMs: measured.map(({ windowMs }) => windowMs),
    failed: opened.reduce((sum, { failed }) => sum + failed, 0),
    watched,
  };
}
