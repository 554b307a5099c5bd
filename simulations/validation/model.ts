/**
 * The model that is held against real nodes: callers' lanes (lane.ts), then on each node the slots that a call holds for its service,
 * first come, first served. Actors are not pooled: a call goes to the node that owns its actor, however busy that one is. Service times
 * and message trips are drawn from what a calibration saw on one node.
 */
import { empirical, Simulation, type Station } from "../engine/index.ts";
import { Stream } from "../random/index.ts";
import { Lane, type Call, type LaneLimits } from "./lane.ts";

export interface SystemModel {
  readonly nodes: number;
  readonly callers: number;
  /** Of one node. */
  readonly slots: number;
  readonly lanes: LaneLimits;
  /** As the calibration saw them, s. */
  readonly serviceS: Float64Array;
  readonly tripS: Float64Array;
}

export interface Replicated {
  readonly seed: number;
  /** Of the replication, from 0. */
  readonly number: number;
  readonly name: string;
}

/** One node is killed; each of the others takes its share of the actors at a time of its own. */
export interface Failure {
  readonly node: number;
  readonly atS: number;
  /** By node; that of the killed one is not read. */
  readonly takenAtS: readonly number[];
  /** By call: who takes its actor if the killed node has it. */
  readonly heirs: Int32Array;
}

/** A list of calls, and by call the node that owns its actor. */
export interface OpenLoad {
  readonly atMs: Float64Array;
  readonly callers: Int32Array;
  readonly owners: Int32Array;
  readonly failure?: Failure;
}

/** So many calls under way at any time: each is followed by the next of the list. */
export interface ClosedLoad {
  readonly inFlight: number;
  readonly callers: Int32Array;
  readonly owners: Int32Array;
  readonly warmUpS: number;
  readonly durationS: number;
}

/**
 * A calibration is a sample too: each replication draws one of its size from it, so that what is not known of the mean is in the spread
 * of the replications (the bootstrap: Efron 1979).
 */
function drawnAgain(samples: Float64Array, stream: Stream): Float64Array {
  return Float64Array.from(samples, () => samples[stream.index(samples.length)] as number);
}

class System {
  readonly simulation: Simulation;
  readonly #stations: readonly Station<Call>[];
  readonly #lanes: readonly (readonly Lane[])[];

  constructor(model: SystemModel, { seed, number, name }: Replicated, answered: (call: Call) => void) {
    const simulation = new Simulation({ seed, name: `${name}/${number}` });
    // The same for all systems of a replication: whatever it got wrong, it got wrong of all of them.
    const again = new Stream(seed, "calibration", number);
    const service = empirical(drawnAgain(model.serviceS, again));
    const trip = empirical(drawnAgain(model.tripS, again));
    const trips = simulation.stream("trips");
    this.simulation = simulation;
    this.#stations = Array.from({ length: model.nodes }, (_, node) => simulation.station<Call>({ name: `node-${node + 1}`, servers: model.slots, service, latencies: false }));
    this.#lanes = Array.from({ length: model.callers }, () => this.#stations.map((station) => new Lane(simulation, station, model.lanes, () => trip(trips, undefined), answered)));
  }

  send(call: Call, caller: number, node: number): void {
    this.#lanes[caller]?.[node]?.enter(call);
  }

  fail({ node, atS, takenAtS, heirs }: Failure, callers: Int32Array, fails: (call: Call, from: number) => boolean, taken: (by: number) => void): void {
    const { simulation } = this;
    simulation.at(atS, () => this.#stations[node]?.stop({ inside: "lost", arrivals: "refused" }), undefined);
    for (const [heir, at] of takenAtS.entries()) {
      if (heir === node || at === Infinity) continue;
      simulation.at(at, () => {
        taken(heir);
        for (const lanes of this.#lanes) for (const call of lanes[node]?.recall((one) => fails(one, node) && heirs[one.number] === heir) ?? []) this.send(call, callers[call.number] as number, heir);
      }, undefined);
    }
  }
}

/** Latency of each call from when it was meant to begin, ms; NaN of one that was never answered. */
export function answerTimes(model: SystemModel, load: OpenLoad, replicated: Replicated): Float64Array {
  const { atMs, callers, owners, failure } = load;
  const latencies = new Float64Array(atMs.length).fill(Number.NaN);
  const system = new System(model, replicated, ({ number }) => void (latencies[number] = system.simulation.nowS * 1_000 - (atMs[number] as number)));
  const { simulation } = system;
  const takers = new Set<number>();
  const ownerOf = (number: number): number => {
    const owner = owners[number] as number;
    const heir = failure?.heirs[number] ?? owner;
    return owner === failure?.node && takers.has(heir) ? heir : owner;
  };
  const begin = (number: number): void => {
    if (number + 1 < atMs.length) simulation.at((atMs[number + 1] as number) / 1_000, begin, number + 1);
    system.send({ number, message: undefined }, callers[number] as number, ownerOf(number));
  };
  if (failure !== undefined) system.fail(failure, callers, (call, from) => owners[call.number] === from, (by) => void takers.add(by));
  if (atMs.length > 0) simulation.at((atMs[0] as number) / 1_000, begin, 0);
  simulation.run();
  return latencies;
}

/** Calls answered per second. */
export function throughput(model: SystemModel, { inFlight, callers, owners, warmUpS, durationS }: ClosedLoad, replicated: Replicated): number {
  let [next, answered] = [0, 0];
  const system = new System(model, replicated, () => {
    const { nowS } = system.simulation;
    if (nowS >= warmUpS && nowS < durationS) answered += 1;
    begin();
  });
  const begin = (): void => {
    const number = next++ % owners.length;
    system.send({ number, message: undefined }, callers[number] as number, owners[number] as number);
  };
  for (let n = 0; n < inFlight; n++) begin();
  system.simulation.run({ untilS: durationS });
  return answered / (durationS - warmUpS);
}
