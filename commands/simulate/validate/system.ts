/**
 * The systems of `npm run simulate -- validate`, side by side: each has a NATS server and a database of its own, so they have nothing in
 * common but the machine and its processes. A system's nodes are in different processes; a process hosts nodes of several
 * systems, or the callers of some.
 */
import { mkdir } from "node:fs/promises";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { ChildProcess } from "node:child_process";
import { nkeys } from "nats";
import { Client } from "pg";
import { limits, preferred, shardOf } from "../../../actors/runtime/index.ts";
import type { validation } from "../../../simulations/index.ts";
import { launchNats, nodeSubjects, type NatsProcess, type ScratchCluster } from "../../cluster/servers.ts";
import { ask } from "./ask.ts";
import type { Closed, ClosedDone, FromDriver, Open, Opened, Prepared, ToDriver } from "./driver.ts";
import type { NodeOrder, NodeSamples } from "./node.ts";

export interface SystemOptions {
  /** Of the system: its actors' type, its database, the beginning of its nodes' names. Letters and digits. */
  readonly name: string;
  readonly nodes: number;
  readonly slots: number;
  readonly callers: number;
  readonly keys: number;
  /** Given to the nodes, and to nobody who predicts. */
  readonly meanMs: number;
  readonly seed: number;
}

/** What the runtime does with calls for one node. */
export const lanes = { batchCalls: limits.batchCalls, batchesInFlight: limits.batchesInFlight } as const;

export const nodeName = (name: string, node: number): string => `${name}-node-${node + 1}`;

/** The node that each actor lives on, by number, while these are alive: by the runtime's own arithmetic. */
export function placement({ name, nodes, keys }: Pick<SystemOptions, "name" | "nodes" | "keys">, isAlive: (node: number) => boolean = () => true): Int32Array {
  const numbers = new Map(Array.from({ length: nodes }, (_, node) => [nodeName(name, node), node] as const).filter(([, node]) => isAlive(node)));
  return Int32Array.from({ length: keys }, (_, key) => numbers.get(preferred(shardOf(name, `k${key}`), [...numbers.keys()]) ?? "") ?? 0);
}

/** Part of the actors that the node with most of them has. */
export function largestShare(options: Pick<SystemOptions, "name" | "nodes" | "keys">): number {
  const counts = Array.from({ length: options.nodes }, () => 0);
  for (const node of placement(options)) counts[node] = (counts[node] ?? 0) + 1;
  return Math.max(...counts) / options.keys;
}

/** By call, the node of its actor. */
export const ownersOf = (calls: Pick<validation.Calls, "keys">, placed: Int32Array): Int32Array => calls.keys.map((key) => placed[key] as number);

/** A new database of its own, made like the one that is migrated already. */
async function databaseOf(cluster: ScratchCluster, name: string): Promise<string> {
  const url = new URL(cluster.env["DATABASE_URL"] ?? "");
  const template = url.pathname.slice(1);
  url.pathname = "/postgres";
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(`drop database if exists ${name} with (force)`);
    await client.query(`create database ${name} template ${template}`);
  } finally {
    await client.end();
  }
  url.pathname = `/${name}`;
  return url.href;
}

interface Started {
  readonly options: SystemOptions;
  readonly natsUrl: string;
  readonly databaseUrl: string;
}

const numbered = (kind: string, list: readonly { readonly pid?: number | undefined }[]) => list.map(({ pid }, n) => [`${kind}-${n + 1}`, pid ?? 0] as const);
const isRunning = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

/** Of a fleet's start, and ms between them: dozens of nodes and databases start at one time, and a database that is late ends its node. */
const [startAttempts, startAgainMs] = [3, 10_000];

export interface FleetOptions {
  /** Processes with callers. */
  readonly drivers: number;
  /** Over so many processes nodes are dealt out in turn, none to a process with another of its system. Without it, node n of every system is in process n. */
  readonly spread?: number;
  /** Whether there will be probes. */
  readonly probes?: boolean;
}

/** `latencies`: by call, ms, NaN of one that failed or was never answered. */
export interface Answered extends Pick<Opened, "recorded" | "probesMs"> {
  readonly latencies: Float64Array;
  readonly failed: number;
}

export class Fleet {
  readonly #systems: Started[] = [];
  readonly #nodes: ChildProcess[] = [];
  readonly #drivers: ChildProcess[] = [];
  readonly #nats: NatsProcess[] = [];

  /** Resolves when all are up, every actor loaded, and each on the node where `placement` says. `name`: of its processes. */
  static async start(cluster: ScratchCluster, name: string, all: readonly SystemOptions[], options: FleetOptions): Promise<Fleet> {
    for (let attempt = 1; ; attempt++) {
      const fleet = new Fleet();
      try {
        await fleet.#start(cluster, name, all, options);
        return fleet;
      } catch (error) {
        await fleet.close();
        if (attempt === startAttempts || error instanceof Misplaced) throw error;
        console.error(`${name} did not start (${error instanceof Error ? error.message : String(error)}): again in ${startAgainMs / 1_000} s`);
        await pause(startAgainMs);
      }
    }
  }

  async #start(cluster: ScratchCluster, name: string, all: readonly SystemOptions[], { drivers, spread, probes = false }: FleetOptions): Promise<void> {
    const user = nkeys.fromSeed(new TextEncoder().encode(cluster.env["NATS_NKEY_SEED"])).getPublicKey();
    for (const options of all) {
      const folder = join(cluster.env["DATA_DIR"] ?? "", options.name);
      await mkdir(folder, { recursive: true });
      const nats = await launchNats(folder, [{ nkey: user, subjects: nodeSubjects }]);
      cluster.onClose(() => nats.stop());
      this.#nats.push(nats);
      this.#systems.push({ options, natsUrl: nats.url, databaseUrl: await databaseOf(cluster, options.name) });
    }
    // All that were forked are known before one that failed ends the attempt.
    const fork = async (list: ChildProcess[], kind: string, count: number) => {
      const forked = await Promise.allSettled(Array.from({ length: count }, (_, n) => cluster.fork(new URL(`${kind}.ts`, import.meta.url), `${name}-${kind}-${n + 1}`)));
      for (const one of forked) if (one.status === "fulfilled") list.push(one.value.child);
      for (const one of forked) if (one.status === "rejected") throw one.reason;
    };
    await fork(this.#nodes, "node", Math.max(spread ?? 0, ...all.map((options) => options.nodes)));
    await Promise.all(this.#nodes.map((node, number) => {
      const orders = this.#systems.flatMap(({ options, natsUrl, databaseUrl }, system): NodeOrder[] => {
        const { name: type, slots, meanMs, seed } = options;
        const own = Array.from({ length: options.nodes }, (_, n) => n).filter((n) => (spread === undefined ? n : (system + n) % this.#nodes.length) === number);
        return own.map((n) => ({ nodeId: nodeName(type, n), natsUrl, databaseUrl, type, slots, meanMs, seed }));
      });
      return ask(node, { orders });
    }));
    await fork(this.#drivers, "driver", drivers);
    for (const driver of this.#drivers) driver.setMaxListeners(all.length * 2 + 10);
    await Promise.all(this.#systems.map(async ({ options, natsUrl }, n) => settled(options, await this.#ask<Prepared>(n, { do: "prepare", natsUrl, type: options.name, callers: options.callers, keys: options.keys, probes }))));
  }

  /** Processes by name. */
  get pids(): Record<string, number> {
    return Object.fromEntries([...numbered("node", this.#nodes), ...numbered("driver", this.#drivers), ...numbered("nats", this.#nats)]);
  }

  /** Asks the callers of one system, by its place in the list. */
  async open(system: number, order: Omit<Open, "do">): Promise<Answered> {
    const { latenciesMs, recorded, probesMs } = await this.#ask<Opened>(system, { do: "open", ...order });
    const latencies = Float64Array.from(latenciesMs, (value) => (value < 0 ? Number.NaN : value));
    return { latencies, failed: latencies.filter(Number.isNaN).length, recorded, probesMs };
  }

  closed(system: number, order: Omit<Closed, "do">): Promise<ClosedDone> {
    return this.#ask(system, { do: "closed", ...order });
  }

  /** Throws when a process of it has ended: what was measured is not of the systems that were asked for. */
  mustBeWhole(): void {
    const gone = [...this.#nodes, ...this.#drivers].filter((child) => !isRunning(child));
    if (gone.length > 0) throw new Error(`${gone.length} of the measured processes ended`);
  }

  /** How long calls held their slots since it was asked last, ms, by system. */
  async samples(): Promise<readonly (readonly number[])[]> {
    const answers = await Promise.all(this.#nodes.map((node) => ask<NodeSamples>(node, "samples")));
    return this.#systems.map(({ options }) => answers.flatMap((of) => of[options.name] ?? []));
  }

  /** SIGKILL to the process with this node of every system. Of a fleet that is not spread. */
  kill(node: number): void {
    this.#nodes[node]?.kill("SIGKILL");
  }

  /** Nothing of it is kept: nobody hands anything over. */
  async close(): Promise<void> {
    await Promise.all([...this.#drivers, ...this.#nodes].filter(isRunning).map(async (child) => {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    }));
    await Promise.all(this.#nats.map((nats) => nats.stop()));
  }

  async #ask<A>(number: number, order: ToDriver["order"]): Promise<A> {
    const driver = this.#drivers[number % this.#drivers.length];
    const system = this.#systems[number]?.options.name;
    if (driver === undefined || system === undefined) throw new Error(`there is no system ${number}`);
    return (await ask<FromDriver>(driver, { system, order } satisfies ToDriver, (message) => message.system === system)).answer as A;
  }
}

/** An actor is not where the model has it: nothing that another start would mend. */
class Misplaced extends Error {}

/** The runtime's owners are those that the model will use. */
function settled(options: SystemOptions, { owners }: Prepared): void {
  const byShard = new Map(owners.map(({ shard, owner }) => [shard, owner]));
  for (const [key, node] of placement(options).entries()) {
    const owner = byShard.get(shardOf(options.name, `k${key}`));
    if (owner !== nodeName(options.name, node)) throw new Misplaced(`actor k${key} of ${options.name} is on ${String(owner)}, not where the model has it`);
  }
}
