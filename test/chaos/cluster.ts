/**
 * The cluster under test, on this machine alone: PostgreSQL, Redis and NATS with an nkey per node, all in one temporary
 * folder; nodes and a gateway as processes; a link of its own (net.ts) between each node and each server. Faults are done to
 * it by name; processes are ended by their ids only.
 */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { nkeys } from "nats";
import { Client } from "pg";
import { launchNats, nodeSubjects, startProcess, type EnsembleProcess, type NatsProcess } from "../../commands/cluster/servers.ts";
import { loadConfig, type Config } from "../../config.ts";
import { migrate } from "../../storage/index.ts";
import { startPostgres, startRedis, type PostgresServer, type RedisServer } from "../kit/index.ts";
import { createDatabase } from "../kit/servers.ts";
import { refusedAppends } from "./appends.ts";
import { Counters } from "./counters.ts";
import { Link } from "./net.ts";

export interface ChaosOptions {
  readonly nodes: number;
  /** What each node hosts. */
  readonly services: readonly string[];
  readonly gateways: number;
  /** Node's options for the nodes, the gateways and consumers, such as a planted bug to load first. */
  readonly nodeOptions: string;
  readonly gatewayOptions: string;
  readonly consumerOptions: string;
}

export const linkNames = ["nats", "postgres", "redis"] as const;
export type LinkName = (typeof linkNames)[number];

export class ChaosNode {
  readonly name: string;
  readonly links: Readonly<Record<LinkName, Link>>;
  readonly #settings: Partial<Config>;
  readonly #nodeOptions: string;
  readonly #counters: Counters;
  #process: EnsembleProcess | undefined;
  state: "up" | "paused" | "down" = "down";
  /** What earlier lives printed, for the report of a failure. */
  said = "";

  constructor(name: string, links: Readonly<Record<LinkName, Link>>, settings: Partial<Config>, nodeOptions: string, counters: Counters) {
    this.name = name;
    this.links = links;
    this.#settings = settings;
    this.#nodeOptions = nodeOptions;
    this.#counters = counters;
  }

  get address(): string | undefined {
    return this.#process?.address;
  }

  async start(): Promise<void> {
    const process = await startProcess(this.#settings, [], this.#nodeOptions, "KILL");
    this.#process = process;
    this.state = "up";
    const health = /Its health: (\S+)\/ready/.exec(process.output())?.[1];
    if (health !== undefined) this.#counters.watch(this.name, `${health}/metrics`);
  }

  async kill(): Promise<void> {
    await this.#end(() => this.#process?.kill());
  }

  /** A graceful stop. Answers its exit status. */
  async stop(): Promise<number | null> {
    await this.#counters.look(this.name);
    let status: number | null = null;
    await this.#end(async () => (status = (await this.#process?.stop()) ?? null));
    return status;
  }

  pause(): void {
    this.#process?.signal("SIGSTOP");
    this.state = "paused";
  }

  resume(): void {
    this.#process?.signal("SIGCONT");
    this.state = "up";
  }

  /** Everything it printed, of all its lives. */
  output(): string {
    return this.said + (this.#process?.output() ?? "");
  }

  async #end(end: () => Promise<unknown> | undefined): Promise<void> {
    this.state = "down";
    this.#counters.forget(this.name);
    await end();
    this.said = this.output();
    this.#process = undefined;
  }
}

export class ChaosCluster {
  readonly nodes: ChaosNode[] = [];
  readonly gateways: ChaosNode[] = [];
  readonly counters = new Counters();
  /** Appends that PostgreSQL refused because their writer was no owner any more, also when that had given up waiting. */
  refusedAppends = 0;
  readonly #options: ChaosOptions;
  readonly #opened: (() => Promise<unknown>)[] = [];
  #folder = "";
  #postgres: PostgresServer | undefined;
  #redis: RedisServer | undefined;
  #nats: NatsProcess | undefined;
  #databaseUrl = "";
  #shared: Partial<Config> = {};
  readonly #keys = Array.from({ length: 16 }, () => nkeys.createUser());
  #keysGiven = 0;

  private constructor(options: ChaosOptions) {
    this.#options = options;
  }

  /** Starts everything. Throws, with everything ended again, when a part does not start. */
  static async start(options: ChaosOptions): Promise<ChaosCluster> {
    const cluster = new ChaosCluster(options);
    try {
      await cluster.#start();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** Configuration of a node in the harness's own process, with links that are never cut. */
  callerConfig(name: string): Config {
    const url = this.#nats?.url;
    return loadConfig(stringsOf({ ...this.#shared, NODE_ID: name, NATS_URL: url, NATS_NKEY_SEED: this.#seed(), DATABASE_URL: this.#databaseUrl, REDIS_URL: this.#redis?.url, LOG_LEVEL: "fatal" }));
  }

  /** Settings of a consumer of listening events, past all links. */
  consumerEnv(): Record<string, string> {
    return { NODE_ENV: "test", NODE_ID: "consumer", LOG_LEVEL: "fatal", DATA_DIR: join(this.#folder, "data"), DATABASE_URL: this.#databaseUrl, NODE_OPTIONS: this.#options.consumerOptions };
  }

  /** Whether a node is not one of those that the run began with. */
  isSpare(name: string): boolean {
    return this.nodes.findIndex((node) => node.name === name) >= this.#options.nodes;
  }

  /** A further node, not started yet. */
  async spare(): Promise<ChaosNode> {
    const node = await this.#member(`node-${this.nodes.length + 1}`, this.#options.services);
    this.nodes.push(node);
    return node;
  }

  async restartNats(downMs: number): Promise<void> {
    const port = this.#nats?.port ?? 0;
    await this.#nats?.stop("SIGKILL");
    await pause(downMs);
    this.#nats = await this.#launchNats(port);
  }

  /** An immediate stop, as of a crash: PostgreSQL replays its log. */
  async restartPostgres(downMs: number): Promise<void> {
    const port = this.#postgres?.port ?? 0;
    await this.#postgres?.stop("SIGQUIT");
    await pause(downMs);
    this.#postgres = await startPostgres(join(this.#folder, "postgres"), port);
  }

  async flushRedis(): Promise<void> {
    const redis = new Redis(this.#redis?.url ?? "", { lazyConnect: true, maxRetriesPerRequest: 1 });
    try {
      await redis.connect();
      await redis.flushall();
    } finally {
      redis.disconnect();
    }
  }

  /** Asks the database past all links, and without the product. */
  async ask<Row extends object>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    const client = new Client({ connectionString: this.#databaseUrl });
    await client.connect();
    try {
      return (await client.query<Row>(sql, [...values])).rows;
    } finally {
      await client.end();
    }
  }

  /** Which of a node's lives the store takes for the present one; undefined when it was taken for dead, and others have its shards. */
  async lifeOf(node: string): Promise<string | undefined> {
    const [row] = await this.ask<{ incarnation: string }>("select incarnation from node where id = $1", [node]);
    return row?.incarnation;
  }

  /** The shards that a node owns. */
  async shardsOf(node: string): Promise<ReadonlySet<string>> {
    const rows = await this.ask<{ shard: string }>("select shard.id as shard from shard join node on incarnation = life where node.id = $1", [node]);
    return new Set(rows.map(({ shard }) => shard));
  }

  /** Ends everything and removes the folder. Safe to call twice. */
  async stop(): Promise<void> {
    this.counters.close();
    // A stopped process acts on no signal but these two; kill() is one of them.
    await Promise.all([...this.gateways, ...this.nodes].map((node) => node.kill()));
    await Promise.all([this.#nats?.stop("SIGKILL"), this.#redis?.stop("SIGKILL"), this.#postgres?.stop("SIGKILL")]);
    for (const close of this.#opened.splice(0)) await close();
    if (this.#folder !== "") await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #start(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), "ensemble-chaos-"));
    // PostgreSQL may run under another account and passes through here.
    await chmod(this.#folder, 0o711);
    await Promise.all(["postgres", "redis", "nats", "data"].map((name) => mkdir(join(this.#folder, name), { mode: 0o711 })));
    [this.#postgres, this.#redis, this.#nats] = await Promise.all([startPostgres(join(this.#folder, "postgres")), startRedis(join(this.#folder, "redis")), this.#launchNats(0)]);
    this.#databaseUrl = await createDatabase(this.#postgres.url, "chaos");
    await migrate(this.#databaseUrl, "up");
    this.#shared = {
      NODE_ENV: "test",
      HOST: "127.0.0.1",
      PORT: 0,
      OPS_PORT: 0,
      LOG_LEVEL: "warn",
      DATA_DIR: join(this.#folder, "data"),
      TOKEN_PRIVATE_KEY: generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "der" }).toString("base64"),
      URL_SIGNING_KEYS: `k1:${randomBytes(32).toString("base64")}`,
    };
    for (let n = 1; n <= this.#options.nodes; n++) this.nodes.push(await this.#member(`node-${n}`, this.#options.services));
    for (let n = 1; n <= this.#options.gateways; n++) this.gateways.push(await this.#member(`gateway-${n}`, ["gateway"]));
    // In this order, as in a deployment: a gateway that is up has somebody to call.
    for (const members of [this.nodes, this.gateways]) {
      // All of them, also when one fails: what is still starting could not be ended.
      const outcomes = await Promise.allSettled(members.map((node) => node.start()));
      for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
    }
  }

  async #launchNats(port: number): Promise<NatsProcess> {
    return launchNats(join(this.#folder, "nats"), this.#keys.map((key) => ({ nkey: key.getPublicKey(), subjects: nodeSubjects })), port);
  }

  async #member(name: string, hosted: readonly string[]): Promise<ChaosNode> {
    const ports: Record<LinkName, number> = { nats: this.#nats?.port ?? 0, postgres: this.#postgres?.port ?? 0, redis: this.#redis?.port ?? 0 };
    const open = async (link: LinkName) => {
      const opened = await Link.open(ports[link]);
      this.#opened.push(() => opened.close());
      return opened;
    };
    const links: Record<LinkName, Link> = { nats: await open("nats"), postgres: await open("postgres"), redis: await open("redis") };
    links.postgres.overhear = (opening, chunk) => (this.refusedAppends += refusedAppends(opening, chunk));
    const settings: Partial<Config> = {
      ...this.#shared,
      NODE_ID: name,
      SERVICES: [...hosted],
      NATS_URL: `nats://127.0.0.1:${links.nats.port}`,
      NATS_NKEY_SEED: this.#seed(),
      DATABASE_URL: through(this.#databaseUrl, links.postgres.port),
      REDIS_URL: `redis://127.0.0.1:${links.redis.port}`,
    };
    return new ChaosNode(name, links, settings, hosted.includes("gateway") ? this.#options.gatewayOptions : this.#options.nodeOptions, this.counters);
  }

  /** The next key; one per node. */
  #seed(): string {
    const key = this.#keys[this.#keysGiven++];
    if (key === undefined) throw new Error("this cluster has as many nodes as it has keys");
    return new TextDecoder().decode(key.getSeed());
  }

  /** Writes what every process printed to `folder`. */
  async keepLogs(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    await Promise.all([...this.nodes, ...this.gateways].map((node) => writeFile(join(folder, `${node.name}.log`), node.output())));
  }
}

function through(url: string, port: number): string {
  const changed = new URL(url);
  changed.port = String(port);
  return changed.toString();
}

function stringsOf(settings: Partial<Config>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, value === undefined ? undefined : String(value)]));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
