/**
 * What a seed chooses before a run begins: how many nodes, which bounds, which faults and how often. Each run has some
 * faults only: one that always rages hides what the others would find. (Groce et al., Swarm Testing, 2012)
 */
import type { Limits } from "../../actors/runtime/limits.ts";
import { Seeded } from "../chaos/random.ts";
import { soundCalls, type CallFaults } from "./calls.ts";
import { playlistLimitsOf, type PlaylistLimits } from "./playlist/limits.ts";
import { soundNetwork, type NetworkFaults } from "./network.ts";
import type { ClockFaults } from "./process.ts";
import { reminderLimits } from "./reminders/workload.ts";
import { softLimits } from "./soft/workload.ts";

export const nemeses = ["crash", "crashInside", "pause", "stop", "join", "partition", "storeDown", "storeCut", "isolate"] as const;
/** What operators do: give a node's shards to others and back, move a shard and let it go. */
export const operatorNemeses = ["drain", "move"] as const;
/** What happens to the mirror of soft actors, where there are some. */
export const mirrorNemeses = ["mirrorDown", "mirrorFlush"] as const;
export type Nemesis = (typeof nemeses)[number] | (typeof operatorNemeses)[number] | (typeof mirrorNemeses)[number];

/** Which workloads share a run. */
const mixes = [["log"], ["log"], ["playlist"], ["playlist"], ["log", "playlist"]] as const satisfies readonly (readonly WorkloadName[])[];
export type WorkloadName = "log" | "playlist" | "reminders" | "soft";

export interface Plan {
  readonly workloads: readonly WorkloadName[];
  /** Of each type of actor. Frozen in production; few of them make a run ten times as fast, and each of them busier. */
  readonly shards: number;
  readonly nodes: number;
  readonly gateways: number;
  readonly callers: number;
  /** So many of them never change anything. */
  readonly readers: number;
  /** Logs. Of playlists there are half as many: each holds many things. */
  readonly actors: number;
  readonly limits: Partial<Limits>;
  /** Of the playlist's model. */
  readonly playlistLimits: Partial<PlaylistLimits>;
  /** Devices that keep a copy of a playlist and are offline now and then. */
  readonly devices: number;
  /** Chance that what is told to one device is lost on its way. */
  readonly topicLoss: number;
  readonly network: NetworkFaults;
  readonly store: CallFaults;
  /** Of soft actors. */
  readonly mirror: CallFaults;
  readonly log: CallFaults;
  readonly clock: ClockFaults;
  readonly nemeses: readonly Nemesis[];
  /** Mean time between two of them. */
  readonly nemesisMs: number;
  /** How long faults go on; then everything heals. */
  readonly stormMs: number;
  /** A caller's pause between two operations. */
  readonly thinkMs: number;
  /** Whether callers that change something are led away from nodes that are cut off, as a load balancer does. */
  readonly leadsAway: boolean;
  /** How long a caller repeats an operation, and how long it waits for each attempt. */
  readonly patienceMs: number;
  readonly callMs: number;
}

/** A third of production's times, so that a run shows three times as much of them. */
const times: Partial<Limits> = {
  leaseMs: 2_000, renewMs: 500, leaseMarginMs: 200, lookMs: 250, viewMs: 700,
  attemptMs: 1_000, retryMs: 10, retryMaxMs: 200, drainMs: 1_000,
};

/** In some runs one kind of call fails, and often: what is rare among all calls comes up. */
const callsThatFail = [["append"], ["claim", "release"], ["join", "leave"], ["renew", "view"], ["load", "find", "snapshot", "trim"]];

export function planOf(seed: number): Plan {
  const random = new Seeded(seed);
  const sometimes = <T, O = T>(probability: number, value: () => T, otherwise: O): T | O => (random.chance(probability) ? value() : otherwise);
  const only = sometimes(0.3, () => random.pick(callsThatFail), undefined);
  const often = only === undefined ? 1 : 6;
  const isRough = random.chance(0.75);
  // Of sources of their own: what came later into this file leaves the rest of a seed's plan as it was.
  const [scene, operators, reminding, softly] = [random.fork(1), random.fork(2), random.fork(3), random.fork(4)];
  const [workloads, devices, topicLoss, playlistLimits] = [scene.pick(mixes), scene.between(0, 3), scene.pick([0, 0.1, 0.5]), playlistLimitsOf(scene)];
  const isCalm = workloads.some((name) => name === "playlist") && scene.chance(0.7);
  const isSoft = softly.chance(0.3);
  const softFault = (chance: number) => (softly.chance(0.5) ? softly.next() * chance : 0);
  const ownFaults = (): CallFaults => ({ failBefore: softFault(0.1), failAfter: softFault(0.1), late: softFault(0.1), slow: softFault(0.1), slowMs: softly.pick([50, 500, 4_000]), delayMs: softly.pick([1, 5, 40]) });
  return {
    workloads: [...workloads, ...(reminding.chance(0.3) ? (["reminders"] as const) : []), ...(isSoft ? (["soft"] as const) : [])],
    devices,
    topicLoss,
    playlistLimits,
    shards: random.pick([2, 8, 8]),
    nodes: random.between(3, 5),
    gateways: random.between(0, 2),
    callers: random.between(3, 8),
    readers: random.between(0, 2),
    actors: random.between(1, 6),
    limits: {
      ...times,
      ...reminderLimits(reminding),
      ...softLimits(softly),
      // Small bounds are reached; each seed has some of them small.
      snapshotEvery: random.pick([3, 10, 200]),
      eventsKept: random.pick([20, 60, 5_000]),
      opIds: random.pick([2, 16, 256]),
      commitEvents: random.pick([1, 4, 2_000, 2_000]),
      batchCalls: random.pick([1, 4, 512]),
      batchesInFlight: random.pick([1, 4]),
      loading: random.pick([1, 64]),
      activations: random.pick([2, 200_000, 200_000]),
      waitingPerActor: random.pick([3, 4_096, 4_096]),
      packAfterMs: random.pick([300, 10_000]),
      passivateAfterMs: random.pick([1_500, 600_000]),
      movesPerRound: random.pick([1, 64]),
    },
    network: isRough
      ? {
          drop: sometimes(0.5, () => random.next() * 0.05, 0),
          duplicate: sometimes(0.5, () => random.next() * 0.1, 0),
          slow: sometimes(0.5, () => random.next() * 0.05, 0),
          slowMs: random.pick([50, 500, 3_000]),
          delayMs: random.pick([1, 10, 60]),
        }
      : soundNetwork,
    store: random.chance(0.75)
      ? {
          only,
          failBefore: sometimes(0.5, () => random.next() * 0.03 * often, 0),
          failAfter: sometimes(0.5, () => random.next() * 0.05 * often, 0),
          late: sometimes(0.4, () => random.next() * 0.03 * often, 0),
          slow: sometimes(0.5, () => random.next() * 0.05, 0),
          slowMs: random.pick([50, 500, 4_000]),
          delayMs: random.pick([1, 5, 40]),
        }
      : soundCalls,
    mirror: ownFaults(),
    log: ownFaults(),
    clock: { drift: random.pick([0, 0.005, 0.02]), wallSkewMs: random.pick([0, 1_000, 86_400_000]) },
    nemeses: [...nemeses.filter(() => random.chance(0.45)), ...operatorNemeses.filter(() => operators.chance(0.3)), ...mirrorNemeses.filter(() => isSoft && softly.chance(0.4))],
    nemesisMs: random.pick([400, 1_000, 2_500]),
    stormMs: random.pick([4_000, 8_000, 14_000]),
    // Each read of a playlist says all of it: people mostly take more time, or a few seeds take most of a run.
    thinkMs: Math.max(random.pick([20, 100, 400]), isCalm ? 60 : 0),
    leadsAway: random.chance(0.5),
    patienceMs: random.pick([2_000, 6_000]),
    callMs: random.pick([500, 3_000]),
  };
}
