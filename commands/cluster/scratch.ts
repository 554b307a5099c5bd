/** Servers and processes for benches and simulations on several nodes: NATS with nkeys and an embedded PostgreSQL with fsync on, Redis if it is wanted, in a folder that is gone afterwards. */
import { fork, spawn, type ChildProcess } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nkeys } from "nats";
import { launchNats, nodeSubjects } from "./nats.ts";
import { embeddedPostgresPid } from "./postgres.ts";
import { launchRedis } from "./redis.ts";
import { loadConfig } from "../../config.ts";
import { migrate, openServer } from "../../storage/index.ts";

export interface ScratchCluster {
  /** Settings of every node; each adds its NODE_ID. */
  readonly env: Readonly<Record<string, string>>;
  /** Processes of the servers by name; PostgreSQL's is the one that starts all others. */
  readonly servers: Readonly<Record<string, number>>;
  /** Runs a file in a process of its own; resolves with its first message, which says that it is up. */
  fork(file: URL, name: string, args?: readonly string[], settings?: Readonly<Record<string, string>>): Promise<{ readonly child: ChildProcess; readonly up: unknown }>;
  /** Called at the end, last first. */
  onClose(close: () => Promise<unknown>): void;
  close(): Promise<void>;
}

export async function scratchCluster(options: { readonly redis?: boolean } = {}): Promise<ScratchCluster> {
  const folder = await mkdtemp(join(tmpdir(), "ensemble-scratch-"));
  const closing: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  const close = async () => {
    for (const one of closing.splice(0).toReversed()) await one();
  };
  try {
    const user = nkeys.createUser();
    const nats = await launchNats(folder, [{ nkey: user.getPublicKey(), subjects: nodeSubjects }]);
    closing.push(() => nats.stop());
    const server = await openServer(loadConfig({ NODE_ENV: "test", DATA_DIR: folder }));
    closing.push(() => server.close());
    await migrate(server.url, "up");
    const postgresql = embeddedPostgresPid(folder);
    if (postgresql !== undefined) closing.push(willOf(postgresql, folder));
    const redis = options.redis === true ? await launchRedis(folder) : undefined;
    if (redis !== undefined) closing.push(() => redis.stop());
    const env = {
      NODE_ENV: "test", LOG_LEVEL: "error", HOST: "127.0.0.1", PORT: "0", OPS_PORT: "0", DATA_DIR: folder, DATABASE_URL: server.url,
      ...(redis === undefined ? {} : { REDIS_URL: redis.url }),
      NATS_URL: nats.url, NATS_NKEY_SEED: new TextDecoder().decode(user.getSeed()),
      TOKEN_PRIVATE_KEY: generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "der" }).toString("base64"),
      URL_SIGNING_KEYS: `k1:${randomBytes(32).toString("base64")}`,
    };
    return {
      env,
      servers: { nats: nats.pid, ...(postgresql === undefined ? {} : { postgresql }), ...(redis === undefined ? {} : { redis: redis.pid }) },
      async fork(file, name, args = [], settings = {}) {
        const child = fork(file, args, { env: { PATH: process.env["PATH"] ?? "", ...env, ...settings, NODE_ID: name }, execArgv: ["--disable-warning=ExperimentalWarning"], stdio: ["ignore", "inherit", "inherit", "ipc"] });
        closing.push(async () => {
          if (child.exitCode !== null || child.signalCode !== null) return;
          const ended = once(child, "exit");
          child.kill("SIGTERM");
          await ended;
        });
        const ended = once(child, "exit").then(([code]) => {
          throw new Error(`${file.pathname} ended with ${String(code)} before it was up`);
        });
        const [up] = (await Promise.race([once(child, "message"), ended])) as [unknown];
        ended.catch(() => {});
        return { child, up };
      },
      onClose: (one) => void closing.push(one),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * An embedded PostgreSQL outlives who started it, as it should; here it would be left for ever. So somebody waits for the end of this process, however
 * that comes, ends the server and removes the folder. Returns what dismisses him.
 */
function willOf(pid: number, folder: string): () => Promise<unknown> {
  const words = ["-c", 'cat > /dev/null; kill -QUIT "$0"; while kill -0 "$0"; do sleep 0.1; done; rm -rf "$1"', String(pid), folder];
  const waiting = spawn("sh", words, { cwd: "/", detached: true, stdio: ["pipe", "ignore", "ignore"] });
  const ended = once(waiting, "exit");
  return () => {
    waiting.kill("SIGKILL");
    return ended;
  };
}
