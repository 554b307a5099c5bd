/** A real cluster on this machine for one run: NATS, PostgreSQL and Redis, nodes and gateways as processes, a library, and listeners with tokens. Nothing of it stays. */
import { createPrivateKey } from "node:crypto";
import { SignJWT } from "jose";
import type { LiveTarget } from "../../simulations/index.ts";
import { scratchCluster } from "../cluster/servers.ts";

export interface SimulatedCluster {
  readonly target: LiveTarget;
  close(): Promise<void>;
}

export interface ClusterSize {
  readonly nodes: number;
  readonly gateways: number;
  readonly users: number;
}

/** Of the piece that the library is made of (cluster/library.ts). */
const trackMs = 210_000;
const forkedLibrary = ["--library"];

export async function simulatedCluster({ nodes, gateways, users }: ClusterSize, say: (line: string) => void): Promise<SimulatedCluster> {
  say("Starting PostgreSQL, Redis and NATS...");
  const cluster = await scratchCluster({ redis: true });
  try {
    say(`Starting ${nodes} ${nodes === 1 ? "node" : "nodes"} and ${gateways} ${gateways === 1 ? "gateway" : "gateways"}, and making a library...`);
    const processes: Record<string, LiveTarget["processes"][string]> = {};
    let trackIds: readonly string[] = [];
    for (let n = 1; n <= nodes; n++) {
      const { child, up } = await cluster.fork(new URL("node.ts", import.meta.url), `node-${n}`, n === 1 ? forkedLibrary : []);
      if (n === 1) ({ trackIds } = up as { trackIds: readonly string[] });
      processes[`node-${n}`] = { pid: child.pid ?? 0, kind: "node", cores: 1 };
    }
    const urls: string[] = [];
    for (let n = 1; n <= gateways; n++) {
      const { child, up } = await cluster.fork(new URL("gateway.ts", import.meta.url), `gateway-${n}`);
      urls.push((up as { url: string }).url);
      processes[`gateway-${n}`] = { pid: child.pid ?? 0, kind: "gateway", cores: 1 };
    }
    for (const [name, pid] of Object.entries(cluster.servers)) processes[name] = { pid, kind: name === "nats" ? "nats" : "redis", cores: 1 };
    say(`Making tokens for ${users.toLocaleString("en")} listeners...`);
    const target: LiveTarget = { urls, tokens: await tokens(users, cluster.env["TOKEN_PRIVATE_KEY"] ?? ""), tracks: trackIds.map((trackId) => ({ trackId, durationMs: trackMs })), processes };
    return { target, close: () => cluster.close() };
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

/** As if all of them had logged in: every other one pays. */
function tokens(users: number, privateKey: string): Promise<string[]> {
  const key = createPrivateKey({ key: Buffer.from(privateKey, "base64"), format: "der", type: "pkcs8" });
  return Promise.all(Array.from({ length: users }, (_, n) =>
    new SignJWT({ username: `listener${n}`, plan: n % 2 === 0 ? "premium" : "free", role: "listener", country: "SE" })
      .setProtectedHeader({ alg: "EdDSA", kid: "t1" }).setIssuer("ensemble").setAudience("ensemble").setSubject(`listener${n}`).setExpirationTime("24 h")
      .sign(key)));
}
