/** One system of `npm run simulate -- validate`: nodes and callers as processes, with a NATS server and a database of their own, so that systems side by side have nothing in common but the machine. */
import { mkdir } from "node:fs/promises";
import { once } from "node:events";
import { join } from "node:path";
import type { ChildProcess } from "node:child_process";
import { nkeys } from "nats";
import { Client } from "pg";
import { limits, preferred, shardOf } from "../../../actors/runtime/index.ts";
import { migrate } from "../../../storage/index.ts";
import type { validation } from "../../../simulations/index.ts";
import { launchNats, nodeSubjects, type ScratchCluster } from "../../cluster/servers.ts";
import type { Closed, ClosedDone, Open, Opened, Prepare, Prepared, ToDriver } from "./driver.ts";
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
  const counts = new Array<number>(options.nodes).fill(0);
  for (const node of placement(options)) counts[node] = (counts[node] ?? 0) + 1;
  return Math.max(...counts) / options.keys;
}

/** By call, the node of its actor. */
export const ownersOf = (calls: Pick<validation.Calls, "keys">, placed: Int32Array): Int32Array => calls.keys.map((key) => placed[key] as number);

async function databaseOf(cluster: ScratchCluster, name: string): Promise<string> {
  const url = new URL(cluster.env["DATABASE_URL"] ?? "");
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  url.pathname = `/${name}`;
  await migrate(url.href, "up");
  return url.href;
}

export class LiveSystem {
  readonly options: SystemOptions;
  readonly natsPid: number;
  readonly #nodes: readonly ChildProcess[];
  readonly #driver: ChildProcess;
  readonly #stopNats: () => Promise<void>;

  private constructor(options: SystemOptions, nodes: readonly ChildProcess[], driver: ChildProcess, nats: { readonly pid: number; stop(): Promise<void> }) {
    this.options = options;
    this.natsPid = nats.pid;
    this.#nodes = nodes;
    this.#driver = driver;
    this.#stopNats = () => nats.stop();
  }

  /** Up, every actor loaded, and each on the node where `placement` says. */
  static async start(cluster: ScratchCluster, options: SystemOptions): Promise<LiveSystem> {
    const { name, slots, meanMs, seed, callers, keys } = options;
    const folder = join(cluster.env["DATA_DIR"] ?? "", name);
    await mkdir(folder, { recursive: true });
    const user = nkeys.fromSeed(new TextEncoder().encode(cluster.env["NATS_NKEY_SEED"])).getPublicKey();
    const [databaseUrl, nats] = [await databaseOf(cluster, name), await launchNats(folder, [{ nkey: user, subjects: nodeSubjects }])];
    cluster.onClose(() => nats.stop());
    const order: NodeOrder = { natsUrl: nats.url, databaseUrl, type: name, slots, meanMs, seed };
    const nodes = await Promise.all(Array.from({ length: options.nodes }, async (_, node) => (await cluster.fork(new URL("node.ts", import.meta.url), nodeName(name, node), [JSON.stringify(order)])).child));
    const { child: driver } = await cluster.fork(new URL("driver.ts", import.meta.url), `${name}-driver`);
    const system = new LiveSystem(options, nodes, driver, nats);
    await system.#settled(await system.#ask<Prepared>({ do: "prepare", natsUrl: nats.url, type: name, callers, keys } satisfies Prepare));
    return system;
  }

  get pids(): Record<string, number> {
    return { [`${this.options.name}-nats`]: this.natsPid, [`${this.options.name}-driver`]: this.#driver.pid ?? 0, ...Object.fromEntries(this.#nodes.map((node, n) => [nodeName(this.options.name, n), node.pid ?? 0])) };
  }

  open(order: Omit<Open, "do">): Promise<Opened> {
    return this.#ask({ do: "open", ...order });
  }

  closed(order: Omit<Closed, "do">): Promise<ClosedDone> {
    return this.#ask({ do: "closed", ...order });
  }

  /** Of each node, since it was asked last, ms. */
  async samples(): Promise<readonly (readonly number[])[]> {
    return Promise.all(this.#nodes.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null).map(async (node) => {
      const answer = once(node, "message") as Promise<[NodeSamples]>;
      node.send("samples");
      return (await answer)[0].serviceMs;
    }));
  }

  /** SIGKILL. */
  kill(node: number): void {
    this.#nodes[node]?.kill("SIGKILL");
  }

  /** Nothing of it is kept: nobody hands anything over. */
  async close(): Promise<void> {
    const running = [this.#driver, ...this.#nodes].filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    await Promise.all(running.map(async (child) => {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    }));
    await this.#stopNats();
  }

  async #ask<A>(order: ToDriver): Promise<A> {
    const answer = once(this.#driver, "message") as Promise<[A]>;
    const gone = once(this.#driver, "exit").then(() => Promise.reject(new Error(`the callers of ${this.options.name} ended`)));
    this.#driver.send(order);
    const [value] = await Promise.race([answer, gone]);
    gone.catch(() => undefined);
    return value;
  }

  /** The runtime's owners are those that the model will use. */
  async #settled({ owners }: Prepared): Promise<void> {
    const { name, keys } = this.options;
    const byShard = new Map(owners.map(({ shard, owner }) => [shard, owner]));
    const placed = placement(this.options);
    for (let key = 0; key < keys; key++) {
      const owner = byShard.get(shardOf(name, `k${key}`));
      if (owner !== nodeName(name, placed[key] as number)) throw new Error(`actor k${key} of ${name} is on ${String(owner)}, not where the model has it`);
    }
  }
}
