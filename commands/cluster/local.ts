/**
 * A whole cluster on this machine, for development and demonstration: PostgreSQL (npm's or the machine's), Redis and NATS
 * with an nkey per node, then nodes and gateways as processes of their own. Everything it keeps is in one folder: the
 * next start goes on with it.
 *
 *   FOLDER/postgres, FOLDER/objects   as an embedded node has them; the objects are a folder that all nodes share
 *   FOLDER/secrets                    keys and passwords, made at first start
 *   FOLDER/nats, FOLDER/redis         configuration and log
 *   FOLDER/running                    process id of the command, while it runs
 */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { nkeys } from "nats";
import { ConfigError, type Config } from "../../config.ts";
import { serviceNames } from "../../ensemble.ts";
import { keptSecret, migrate, openServer } from "../../storage/index.ts";
import { Kept } from "./kept.ts";
import { freePort, launchNats, launchRedis, nodeSubjects, startProcess, type EnsembleProcess } from "./servers.ts";

export interface LocalOptions {
  readonly folder: string;
  readonly nodes: number;
  readonly gateways: number;
  /** Address and first port of the gateways; each further one has the next port. */
  readonly host: string;
  readonly port: number;
  /** A folder of music that the first node imports. */
  readonly library: string | undefined;
  /** Told about each step. */
  readonly progress: (message: string) => void;
  /** Told when the state of a node or gateway has changed. */
  readonly changed: () => void;
}

type Member = Kept<RunningNode>;

interface RunningNode {
  readonly process: EnsembleProcess;
  readonly ended: Promise<unknown>;
  stop(): Promise<unknown>;
}

export class LocalCluster {
  readonly #options: LocalOptions;
  /** What was started, in this order; stopped the other way round. */
  readonly #started: { stop(): Promise<unknown> }[] = [];
  readonly nodes: Member[] = [];
  readonly gateways: Member[] = [];

  constructor(options: LocalOptions) {
    this.#options = options;
  }

  /** Starts everything, or what comes before `signal`. Throws when a part does not start; stop() then ends the others. */
  async start(signal: AbortSignal): Promise<void> {
    const { folder, progress } = this.#options;
    await mkdir(folder, { recursive: true });
    // PostgreSQL may run under another account and passes through here.
    await chmod(folder, 0o711);
    await this.#holdFolder();
    progress("Starting PostgreSQL, Redis and NATS...");
    const [settings, seeds] = await this.#servers();
    if (signal.aborted) return;
    progress(`Starting ${this.#options.nodes} nodes and ${this.#options.gateways} gateways...`);
    // The first one alone: it makes the administrator, and says so once.
    for (const part of [seeds.nodes.slice(0, 1), seeds.nodes.slice(1)]) {
      await allOf(part.map(({ name, seed }) => this.#member(this.nodes, name, this.#nodeSettings(settings, name, seed))));
      if (signal.aborted) return;
    }
    await allOf(seeds.gateways.map(({ name, seed }, n) => this.#member(this.gateways, name, this.#gatewaySettings(settings, name, seed, n))));
    for (const members of [this.nodes, this.gateways]) members.sort((a, b) => a.name.localeCompare(b.name));
  }

  /** Gateways first, so that no listener is sent to a node that stops; then nodes; servers last. Safe to call twice. */
  async stop(): Promise<void> {
    await Promise.all(this.gateways.map((gateway) => gateway.stop()));
    // One after the other: each hands its actors to those that stay, as in a rolling restart.
    for (const node of this.nodes) await node.stop();
    for (const part of this.#started.splice(0).toReversed()) await part.stop();
  }

  async #servers(): Promise<[Partial<Config>, Seeds]> {
    const { folder, progress } = this.#options;
    const own = async (name: string) => {
      await mkdir(join(folder, name), { recursive: true, mode: 0o700 });
      return join(folder, name);
    };
    const seeds: Seeds = { nodes: await this.#seeds("node", this.#options.nodes), gateways: await this.#seeds("gateway", this.#options.gateways) };
    const password = await keptSecret(folder, "redis-password", () => randomBytes(24).toString("base64url"));
    const users = [...seeds.nodes, ...seeds.gateways].map(({ seed }) => ({ nkey: nkeys.fromSeed(new TextEncoder().encode(seed)).getPublicKey(), subjects: nodeSubjects }));
    const database = await openServer({ NODE_ID: "cluster", DATA_DIR: folder, progress });
    this.#started.push({ stop: () => database.close() });
    await migrate(database.url, "up");
    const [natsPort, redisPort] = [await freePort(), await freePort()];
    const nats = await this.#kept("nats", async () => launchNats(await own("nats"), users, natsPort));
    const redis = await this.#kept("redis", async () => launchRedis(await own("redis"), { port: redisPort, password }));
    const settings: Partial<Config> = {
      NODE_ENV: "development",
      DATA_DIR: folder,
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      NATS_URL: nats.url,
      TOKEN_PRIVATE_KEY: await keptSecret(folder, "token-key", () => generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "der" }).toString("base64")),
      URL_SIGNING_KEYS: await keptSecret(folder, "url-keys", () => `k1:${randomBytes(32).toString("base64")}`),
    };
    return [settings, seeds];
  }

  async #kept<R extends { readonly ended: Promise<unknown>; stop(): Promise<unknown> }>(name: string, launch: () => Promise<R>): Promise<R> {
    const kept = new Kept(name, launch, () => {});
    this.#started.push(kept);
    return kept.start();
  }

  /** Services of a node: all but the gateway; imports read this machine's folders, so one node does them. */
  #nodeSettings(settings: Partial<Config>, name: string, seed: string): Partial<Config> {
    const services = serviceNames.filter((service) => service !== "gateway" && (service !== "ingest" || name === "node-1"));
    return { ...settings, NODE_ID: name, NATS_NKEY_SEED: seed, SERVICES: [...services, "operations"], OPS_PORT: 0 };
  }

  #gatewaySettings(settings: Partial<Config>, name: string, seed: string, n: number): Partial<Config> {
    const { host, port } = this.#options;
    return { ...settings, NODE_ID: name, NATS_NKEY_SEED: seed, SERVICES: ["gateway"], HOST: host, PORT: port + n, OPS_PORT: 0 };
  }

  async #member(list: Member[], name: string, settings: Partial<Config>): Promise<void> {
    const args = name === "node-1" && this.#options.library !== undefined ? ["--library", this.#options.library] : [];
    const launch = async (): Promise<RunningNode> => {
      const process = await startProcess(settings, args);
      const made = /^Administrator: .*$/m.exec(process.output())?.[0];
      if (made !== undefined) this.#options.progress(made);
      return { process, ended: process.exited, stop: () => process.stop() };
    };
    const member: Member = new Kept(name, launch, this.#options.changed);
    list.push(member);
    await member.start();
  }

  /** A NATS key for each node, kept over restarts. */
  async #seeds(kind: string, count: number): Promise<Seed[]> {
    const names = Array.from({ length: count }, (_, n) => `${kind}-${n + 1}`);
    return Promise.all(names.map(async (name) => ({ name, seed: await keptSecret(this.#options.folder, `nats-${name}`, newSeed) })));
  }

  /** Two clusters on one folder would be nodes of the same names in one database, each taking the other for its own past. */
  async #holdFolder(): Promise<void> {
    const path = join(this.#options.folder, "running");
    const pid = Number(await readFile(path, "utf8").catch(() => "0"));
    const runs = pid > 0 && pid !== process.pid && (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).includes("\0cluster");
    if (runs) throw new ConfigError([`DATA_DIR ${this.#options.folder} belongs to a cluster that runs (process ${pid}): stop that one, or set another DATA_DIR`]);
    await writeFile(path, String(process.pid));
    this.#started.push({ stop: () => rm(path, { force: true }) });
  }
}

const newSeed = (): string => new TextDecoder().decode(nkeys.createUser().getSeed());

/** As Promise.all, but none of them goes on when this has thrown. */
async function allOf(promises: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(promises)) if (outcome.status === "rejected") throw outcome.reason;
}

interface Seed {
  readonly name: string;
  readonly seed: string;
}

interface Seeds {
  readonly nodes: Seed[];
  readonly gateways: Seed[];
}
