/** A real cluster on this machine for one run: NATS, PostgreSQL and Redis, nodes and gateways as processes, a library, and listeners with tokens. Nothing of it stays. */
import type { ChildProcess } from "node:child_process";
import { createPrivateKey } from "node:crypto";
import { SignJWT } from "jose";
import type { LiveTarget } from "../../simulations/index.ts";
import { follow, scratchCluster } from "../cluster/servers.ts";
import { watchCache } from "./edge-cache.ts";
import type { FromProcess } from "./loop.ts";

export interface SimulatedCluster {
  readonly target: LiveTarget;
  /** Settings of every node. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export interface ClusterSize {
  readonly nodes: number;
  readonly gateways: number;
  readonly users: number;
  /** None, when left out. */
  readonly playlists?: number;
  /** Whom a user follows, by number. */
  followedBy?(user: number): readonly number[];
}

/** Of the piece that the library is made of (cluster/library.ts). */
const trackMs = 210_000;
const forkedLibrary = ["--library"];
const files = { node: new URL("node.ts", import.meta.url), gateway: new URL("gateway.ts", import.meta.url) } as const;
type Process = { -readonly [Key in keyof LiveTarget["processes"][string]]: LiveTarget["processes"][string][Key] };

export async function simulatedCluster({ nodes, gateways, users, playlists = 0, followedBy }: ClusterSize, say: (line: string) => void): Promise<SimulatedCluster> {
  say("Starting PostgreSQL, Redis and NATS...");
  const cluster = await scratchCluster({ redis: true });
  const closing = new AbortController();
  try {
    say(`Starting ${nodes} ${nodes === 1 ? "node" : "nodes"} and ${gateways} ${gateways === 1 ? "gateway" : "gateways"}, and making a library...`);
    const processes: Record<string, Process> = {};
    const settings: Record<string, Record<string, string>> = {};
    const start = async (kind: keyof typeof files, name: string, args: readonly string[] = []): Promise<unknown> => {
      const { child, up } = await cluster.fork(files[kind], name, args, settings[name]);
      const started: Process = { pid: child.pid ?? 0, kind, cores: 1 };
      processes[name] = started;
      child.on("message", ({ loop }: Partial<FromProcess>) => {
        if (loop !== undefined) started.loop = loop;
      });
      if (kind === "gateway") void watchCache((up as Addresses).opsUrl, (counts) => (started.cache = counts), AbortSignal.any([closing.signal, endOf(child)]));
      return up;
    };
    let trackIds: readonly string[] = [];
    for (let n = 1; n <= nodes; n++) {
      const up = await start("node", `node-${n}`, n === 1 ? forkedLibrary : []);
      if (n === 1) ({ trackIds } = up as { trackIds: readonly string[] });
    }
    const urls: string[] = [];
    for (let n = 1; n <= gateways; n++) {
      const { url } = (await start("gateway", `gateway-${n}`)) as Addresses;
      urls.push(url);
      // Started again, it is where it was.
      settings[`gateway-${n}`] = { PORT: new URL(url).port };
    }
    for (const [name, pid] of Object.entries(cluster.servers)) processes[name] = { pid, kind: name === "nats" || name === "postgresql" ? name : "redis", cores: 1 };
    say(`Making tokens for ${users.toLocaleString("en")} listeners${playlists === 0 ? "" : ` and ${playlists.toLocaleString("en")} playlists`}...`);
    const all = await tokens(users, cluster.env["TOKEN_PRIVATE_KEY"] ?? "");
    const names = all.map((_token, n) => userName(n));
    await follow(cluster.env["DATABASE_URL"] ?? "", { users: names, friends: names.map((_name, n) => (followedBy?.(n) ?? []).map(userName)) });
    const titles = trackIds.map((_id, n) => `Piece ${n}`);
    const target: LiveTarget = {
      urls, tokens: all, tracks: trackIds.map((trackId) => ({ trackId, durationMs: trackMs })), processes,
      errands: { terms: titles, oneTerm: titles.at(-1) ?? "", trackIds, playlists: await makePlaylists(urls, all, playlists) },
      async fault(name, how) {
        const { pid, kind } = processes[name] ?? {};
        if (pid === undefined) throw new Error(`there is no ${name} in this cluster`);
        process.kill(pid, how === "kill" ? "SIGKILL" : "SIGSTOP");
        if (how === "pause") return () => Promise.resolve(void process.kill(pid, "SIGCONT"));
        if (kind !== "node" && kind !== "gateway") throw new Error(`${name} cannot be killed here: only nodes and gateways start again`);
        return async () => void (await start(kind, name));
      },
    };
    return {
      target, env: cluster.env,
      close() {
        closing.abort();
        return cluster.close();
      },
    };
  } catch (error) {
    closing.abort();
    await cluster.close();
    throw error;
  }
}

interface Addresses {
  readonly url: string;
  readonly opsUrl: string;
}

function endOf(child: ChildProcess): AbortSignal {
  const ended = new AbortController();
  child.once("exit", () => ended.abort());
  return ended.signal;
}

const userName = (n: number): string => `listener${n}`;

const playlistsAtOnce = 16;

/** Empty ones, each of another listener. */
async function makePlaylists(urls: readonly string[], all: readonly string[], count: number): Promise<LiveTarget["errands"]["playlists"]> {
  const made: { id: string; user: number; token: string }[] = [];
  let next = 0;
  await Promise.all(Array.from({ length: playlistsAtOnce }, async () => {
    for (let n = next++; n < count; n = next++) {
      const token = all[n % all.length] ?? "";
      const answer = await fetch(`${urls[n % urls.length]}/v1/playlists`, { method: "POST", headers: { authorization: `Bearer ${token}`, "content-type": "application/json" }, body: JSON.stringify({ name: `List ${n}` }) });
      if (!answer.ok) throw new Error(`a playlist could not be made: ${answer.status} ${await answer.text()}`);
      const { id } = (await answer.json()) as { id: string };
      made[n] = { id, user: n, token };
    }
  }));
  return made;
}

/** As if all of them had logged in: every other one pays. */
function tokens(users: number, privateKey: string): Promise<string[]> {
  const key = createPrivateKey({ key: Buffer.from(privateKey, "base64"), format: "der", type: "pkcs8" });
  return Promise.all(Array.from({ length: users }, (_, n) =>
    new SignJWT({ username: userName(n), plan: n % 2 === 0 ? "premium" : "free", role: "listener", country: "SE" })
      .setProtectedHeader({ alg: "EdDSA", kid: "t1" }).setIssuer("ensemble").setAudience("ensemble").setSubject(userName(n)).setExpirationTime("24 h")
      .sign(key)));
}
