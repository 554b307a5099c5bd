/**
 * The play flow on a real cluster: two actor nodes and a gateway, each a process of its own, over NATS with nkeys, with
 * PostgreSQL, Redis and S3. What embedded tests cannot see: that nothing relies on sharing a process or a disk.
 */
import { randomBytes, generateKeyPairSync } from "node:crypto";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { OggVorbisDecoder } from "@wasm-audio-decoders/ogg-vorbis";
import { connect, nkeyAuthenticator } from "nats";
import type { Manifest, TierName } from "../../audio/index.ts";
import type { Config } from "../../config.ts";
import { makeTestTrack } from "../kit/audio.ts";
import { freshBucket, freshDatabase, freshFolder, freshRedis, natsSettings, testServers, until } from "../kit/index.ts";
import { commandLine, startProcess, type EnsembleProcess } from "../../commands/cluster/servers.ts";

interface Play {
  playbackId: string;
  trackId: string;
  tier: TierName;
  manifest: Manifest;
  tiers: Record<string, { url: string; query: string }>;
}

const seconds = 12;
let shared: Partial<Config>;
let nodes: { a: EnsembleProcess; b: EnsembleProcess; gateway: EnsembleProcess };
let api: string;
let listener: string;
let trackId: string;

beforeAll(async () => {
  shared = {
    NODE_ENV: "test",
    HOST: "127.0.0.1",
    PORT: 0,
    OPS_PORT: 0,
    DATABASE_URL: await freshDatabase(),
    REDIS_URL: await freshRedis(),
    ...freshBucket(),
    ...natsSettings(),
    TOKEN_PRIVATE_KEY: generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "der" }).toString("base64"),
    URL_SIGNING_KEYS: `k1:${randomBytes(32).toString("base64")}`,
  };
  const actors = ["catalog", "playlist", "search", "rights", "streaming", "account"];
  const start = async (NODE_ID: string, SERVICES: string[]) => startProcess({ ...shared, NODE_ID, SERVICES, DATA_DIR: await freshFolder(NODE_ID) });
  const [a, b] = await Promise.all([start("node-a", actors), start("node-b", [...actors, "ingest", "operations"])]);
  nodes = { a, b, gateway: await start("gateway", ["gateway"]) };
  api = `${nodes.gateway.address ?? ""}/v1`;
}, 120_000);

afterAll(async () => {
  await Promise.all(Object.values(nodes ?? {}).map((node) => node.kill()));
});

interface Answer<T> {
  readonly status: number;
  readonly body: T;
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- what an answer holds is for the test to say
async function call<T>(method: string, path: string, token?: string, body?: object): Promise<Answer<T>> {
  const response = await fetch(api + path, {
    method,
    headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as T };
}

async function samplesOf(play: Play, tier: string): Promise<number> {
  const { url, query } = play.tiers[tier] ?? { url: "", query: "" };
  const decoder = new OggVorbisDecoder();
  await decoder.ready;
  let samples = 0;
  for (const [index, [, , lead, tail]] of (play.manifest.tiers[tier as TierName]?.chunks ?? []).entries()) {
    const response = await fetch(`${url}/${index}.ogg?${query}`);
    expect(response.status).toBe(200);
    const decoded = await decoder.decodeFile(new Uint8Array(await response.arrayBuffer()));
    samples += decoded.samplesDecoded - lead - tail;
    await decoder.reset();
  }
  decoder.free();
  return samples;
}

describe("a cluster of two actor nodes and a gateway", () => {
  test("a listener registers through the gateway", async () => {
    const { status, body } = await call<{ accessToken: string }>("POST", "/auth/register", undefined, { username: "ada", password: "correct horse battery", country: "SE" });
    expect(status).toBe(201);
    listener = body.accessToken;
  });

  test("an administrator uploads a recording to a node that shares no disk with the gateway", async () => {
    const printed = /Administrator: (\S+) with password (\S+)/.exec(nodes.a.output() + nodes.b.output());
    const login = await call<{ accessToken: string }>("POST", "/auth/login", undefined, { username: printed?.[1], password: printed?.[2] });
    const recording = await makeTestTrack(join(await freshFolder("recording"), "tone.flac"), { seconds, pitch: 330, tags: { title: "Čtyři tóny", artist: "Ensemble", album: "Smoke" } });
    const response = await fetch(`${api}/admin/tracks`, {
      method: "POST",
      headers: { authorization: `Bearer ${login.body.accessToken}`, "content-type": "audio/flac", "x-file-name": "tone.flac" },
      body: readFileSync(recording),
    });
    const answer = (await response.json()) as { trackId: string };
    expect({ status: response.status, answer }).toMatchObject({ status: 201, answer: { created: true } });
    trackId = answer.trackId;
  });

  test("search finds it without its accents and with a typo", async () => {
    for (const q of ["ctyri", "ctyry ton", "ensemble"]) {
      const { body } = await call<{ tracks: { id: string }[] }>("GET", `/search?q=${encodeURIComponent(q)}`, listener);
      expect(body.tracks.map(({ id }) => id)).toContain(trackId);
    }
  });

  test("it plays to its end in every tier of the plan, chunk by signed chunk", async () => {
    const { body: play } = await call<Play>("POST", "/play", listener, { trackId, quality: "auto", deviceId: "smoke" });
    expect(play.tier).toBe("160");
    expect(Object.keys(play.tiers).toSorted()).toEqual(["160", "96"]);
    expect(play.manifest.samples).toBe(seconds * 44_100);
    for (const tier of Object.keys(play.tiers)) expect(await samplesOf(play, tier)).toBe(play.manifest.samples);
  });

  test("a chunk is refused without its signature, and with another tier's", async () => {
    const { body: play } = await call<Play>("POST", "/play", listener, { trackId, quality: "96", deviceId: "smoke" });
    const low = play.tiers["96"] ?? { url: "", query: "" };
    expect((await fetch(`${low.url}/0.ogg`)).status).toBe(403);
    expect((await fetch(`${low.url.replace(/96$/, "320")}/0.ogg?${low.query}`)).status).toBe(403);
  });

  test("a node without a gateway shows its health and its counters on a port of its own", async () => {
    const ready = /^Ensemble node node-b is up\. Its health: (\S+)$/m.exec(nodes.b.output())?.[1] ?? "";
    const answer = await fetch(ready);
    const { checks } = (await answer.json()) as { checks: Record<string, { ok: boolean; required: boolean }> };
    expect(answer.status).toBe(200);
    expect(checks).toMatchObject({ database: { ok: true, required: true }, objects: { ok: true, required: true }, bus: { ok: true, required: true }, cache: { ok: true, required: false } });
    expect((await fetch(new URL("/live", ready))).status).toBe(200);
    expect(await (await fetch(new URL("/metrics", ready))).text()).toMatch(/^ensemble_process_resident_bytes [1-9]/m);
  });

  test("NATS lets in nobody without a node's key", async () => {
    const { natsUrl } = testServers();
    await expect(connect({ servers: natsUrl, maxReconnectAttempts: 0 })).rejects.toThrow(/authorization/i);
    const { nkeys } = await import("nats");
    await expect(connect({ servers: natsUrl, maxReconnectAttempts: 0, authenticator: nkeyAuthenticator(nkeys.createUser().getSeed()) })).rejects.toThrow(/authorization/i);
  });

  test("plays go on when an actor node is killed", async () => {
    await nodes.a.kill();
    // A caller may meet the dead node until its heartbeat is missed; a few seconds later nobody does.
    await until(async () => {
      const results = await Promise.all(Array.from({ length: 4 }, () => call("POST", "/play", listener, { trackId, quality: "auto", deviceId: "smoke" })));
      return results.every(({ status }) => status === 200);
    }, 30_000);
  }, 60_000);

  test("an operator's console joins, sees the nodes and may call what administrators may", async () => {
    const { env, args } = commandLine({ ...shared, NODE_ID: "console", DATA_DIR: await freshFolder("console") }, "repl");
    const console = spawn(process.execPath, args, { env: { ...env, HOME: await freshFolder("home") } });
    let shown = "";
    console.stdout.on("data", (part: Buffer) => (shown += part.toString()));
    const ended = new Promise((resolve) => console.once("exit", resolve));
    const ask = async (line: string, answer: RegExp) => {
      console.stdin.write(`${line}\n`);
      await until(() => answer.test(shown), 10_000);
    };
    try {
      await until(() => shown.includes("ensemble $"), 30_000);
      await ask("nodes", /console \(\*\) +│ \d+ +│/);
      expect(shown).toMatch(/gateway +│ \d+ .*node-b +│ \d+ /s);
      await ask(`call rights.get --id ${trackId}`, /allowCountries/);
      console.stdin.write("quit\n");
      expect(await ended).toBe(0);
    } finally {
      console.kill("SIGKILL");
    }
  }, 60_000);

  test("every process leaves cleanly when it is asked to", async () => {
    expect(await nodes.gateway.stop()).toBe(0);
    expect(await nodes.b.stop()).toBe(0);
  }, 60_000);
});
