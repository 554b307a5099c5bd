/** The whole service through its front door: accounts, an upload, browsing, playing, whole files, pictures, pages, and what the log keeps of it. */
import { readdir } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import sharp from "sharp";
import { imageKey, type Manifest } from "../../audio/index.ts";
import { serviceNames } from "../../ensemble.ts";
import { admin, ask, listener, post, premium, startGateway, type TestGateway } from "../testing/gateway.ts";

const seconds = 12;
const lines: string[] = [];
const password = "canary-password-9731";
let gateway: TestGateway;
let at: string;
let trackId: string;

beforeAll(async () => {
  const log = new Writable({ write: (line: Buffer, _encoding, done) => { lines.push(line.toString("utf8")); done(); } });
  gateway = await startGateway(serviceNames.filter((name) => name !== "gateway"), { config: { LOG_LEVEL: "trace", IMPORT_WORKERS: 1 }, log });
  at = `${gateway.url}/v1`;
  const form = new FormData();
  form.set("file", new Blob([wav(seconds)], { type: "audio/wav" }), "../../Sj\u00f6n \u202e.wav");
  const answer = await ask(`${at}/admin/tracks`, { method: "POST", headers: await gateway.as(admin), body: form });
  expect([answer.status, answer.body]).toEqual([201, { trackId: expect.any(String), created: true }]);
  trackId = String(answer.body["trackId"]);
}, 60_000);

afterAll(() => gateway.stop());

/** Two notes in stereo, 16 bit. */
function wav(length: number): Buffer<ArrayBuffer> {
  const samples = length * 44_100;
  const file = Buffer.alloc(44 + samples * 4);
  file.write("RIFF....WAVEfmt ", 0, "latin1");
  file.writeUInt32LE(file.length - 8, 4);
  for (const [offset, value] of [[16, 16], [24, 44_100], [28, 176_400], [40, samples * 4]] as const) file.writeUInt32LE(value, offset);
  for (const [offset, value] of [[20, 1], [22, 2], [32, 4], [34, 16]] as const) file.writeUInt16LE(value, offset);
  file.write("data", 36, "latin1");
  for (let index = 0; index < samples; index++) {
    file.writeInt16LE(Math.round(9_000 * Math.sin(index * 0.06)), 44 + index * 4);
    file.writeInt16LE(Math.round(9_000 * Math.sin(index * 0.09)), 46 + index * 4);
  }
  return file;
}

interface Play {
  readonly tier: string;
  readonly manifest: Manifest;
  readonly tiers: Record<string, { url: string; query: string }>;
}

const id = (digit: string) => digit.repeat(64);
const picture = (digit: string, query = "") => fetch(`${at}/images/${id(digit)}${query}`);

describe("accounts", () => {
  test("register, log in, refresh once, log out", async () => {
    const credentials = { username: "Canary.User", password };
    const registered = await post(`${at}/auth/register`, { ...credentials, country: "SE" });
    expect([registered.status, registered.body["account"]]).toEqual([201, expect.objectContaining({ plan: "free", role: "listener", country: "SE" })]);
    const entered = await post(`${at}/auth/login`, credentials);
    expect(entered.status).toBe(200);
    const { accessToken, refreshToken } = entered.body as unknown as { accessToken: string; refreshToken: string };
    const me = await ask(`${at}/me`, { headers: { Authorization: `Bearer ${accessToken}` } });
    expect([me.status, me.body["username"]]).toEqual([200, (registered.body["account"] as { username: string }).username]);
    // Refreshing takes no token, not even a stale one.
    const refreshed = await post(`${at}/auth/refresh`, { refreshToken }, { Authorization: "Bearer stale" });
    expect(refreshed.status).toBe(200);
    expect((await post(`${at}/auth/refresh`, { refreshToken })).status).toBe(401);
    expect((await post(`${at}/auth/logout`, { refreshToken: refreshed.body["refreshToken"] })).status).toBe(200);
    expect((await post(`${at}/auth/login`, { ...credentials, password: "wrong-canary-password" })).status).toBe(401);
    expect((await post(`${at}/auth/login`, { ...credentials, password: "x".repeat(1_000_000) })).status).toBe(413);
  });

  test("a role cannot be given to oneself", async () => {
    const answer = await post(`${at}/auth/register`, { username: "mass", password, country: "SE", role: "admin", plan: "premium" });
    expect(answer.status).toBe(422);
  });

  test("administrators' calls are refused to everybody else, each of them", async () => {
    const { routes } = await import("./routes.ts");
    const [asListener, nobody] = [await gateway.as(listener), {}];
    const calls = [...routes.filter(({ tag }) => tag === "admin").map(({ method, path }) => [method, path] as const), ["POST", "/v1/admin/tracks"] as const];
    for (const [method, path] of calls) {
      const url = gateway.url + path.replace(":id", "x");
      const statuses = [];
      for (const headers of [nobody, asListener]) statuses.push((await ask(url, { method, headers: { ...headers, "Content-Type": "application/json" }, ...(method === "GET" ? {} : { body: "{}" }) })).status);
      expect([method, path, ...statuses]).toEqual([method, path, 401, 403]);
    }
  });
});

describe("uploads", () => {
  test("the same recording again is known, by its body alone too; nothing is left behind", async () => {
    const answer = await ask(`${at}/admin/tracks`, { method: "POST", headers: { ...(await gateway.as(admin)), "Content-Type": "audio/wav", "X-File-Name": "again.wav" }, body: wav(seconds) });
    expect([answer.status, answer.body]).toEqual([201, { trackId, created: false }]);
    expect(await readdir(join(gateway.config.DATA_DIR, "uploads"))).toEqual([]);
  });

  test.each<[string, Record<string, string>, string | Buffer<ArrayBuffer>, number, string]>([
    ["no audio", { "Content-Type": "audio/mpeg", "X-File-Name": "a.mp3" }, "#EXTM3U\n/etc/passwd\n", 422, ""],
    ["nothing", { "Content-Type": "audio/mpeg", "X-File-Name": "a.mp3" }, "", 400, "EMPTY_FILE"],
    ["no name", { "Content-Type": "audio/mpeg" }, "x", 400, "FILE_NAME_MISSING"],
    ["another type", { "Content-Type": "text/html" }, "x", 415, "UNSUPPORTED_MEDIA_TYPE"],
    ["a form without boundary", { "Content-Type": "multipart/form-data; x=y" }, "x", 400, "MALFORMED_FORM"],
    ["a form that ends early", { "Content-Type": "multipart/form-data; boundary=b" }, "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nabc", 400, "MALFORMED_FORM"],
    ["a form without a file", { "Content-Type": "multipart/form-data; boundary=b" }, "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nabc\r\n--b--\r\n", 400, "FILE_MISSING"],
  ])("%s is refused", async (_name, headers, body, status, code) => {
    const answer = await ask(`${at}/admin/tracks`, { method: "POST", headers: { ...(await gateway.as(admin)), ...headers }, body });
    expect([answer.status, code === "" ? "" : answer.body.error?.code]).toEqual([status, code]);
    expect(await readdir(join(gateway.config.DATA_DIR, "uploads"))).toEqual([]);
    expect(JSON.stringify(answer.body)).not.toContain(gateway.config.DATA_DIR);
  });

  test("a file above the bound is cut", async () => {
    const { Uploads } = await import("./upload.ts");
    const { PassThrough } = await import("node:stream");
    const source = new PassThrough();
    const request = Object.assign(source, { headers: { "content-type": "audio/wav", "x-file-name": "a.wav" } }) as unknown as IncomingMessage;
    const refused = new Uploads(1_000).receive(request, async ({ body }) => (await body.toArray()).length);
    for (let part = 0; part < 10; part++) source.write(Buffer.alloc(500));
    source.end();
    await expect(refused).rejects.toMatchObject({ status: 413 });
  });
});

describe("browse and play", () => {
  test("the track is found, shown, and listed", async () => {
    const track = await ask(`${at}/tracks/${trackId}`);
    expect([track.status, track.body["durationMs"], track.body["tiers"]]).toEqual([200, seconds * 1_000, ["96", "160", "320", "flac"]]);
    const found = await ask(`${at}/search?q=${encodeURIComponent(String(track.body["title"]))}&types=track&limit=5`);
    expect([found.status, (found.body["tracks"] as { id: string }[]).map(({ id }) => id)]).toEqual([200, [trackId]]);
    expect((await ask(`${at}/search?q=${"x".repeat(10_000)}`)).status).toBe(414);
    expect((await ask(`${at}/search?q=${"x".repeat(300)}`)).status).toBe(422);
    expect((await ask(`${at}/albums?limit=1000000000`)).status).toBe(422);
    expect((await ask(`${at}/albums?limit=10&cursor=' or 1=1`)).status).toBe(422);
  });

  test("a play opens every chunk of every tier of the plan, and the answer is what the action said", async () => {
    const answer = await post(`${at}/play`, { trackId, quality: "auto", deviceId: "d" }, await gateway.as(premium));
    expect(answer.status).toBe(200);
    const { tier, manifest, tiers } = answer.body as unknown as Play;
    expect([tier, Object.keys(tiers)]).toEqual(["320", ["96", "160", "320", "flac"]]);
    const { manifest: stored } = await gateway.broker.call<{ manifest: Manifest }, object>("catalog.manifest", { trackId });
    expect(manifest).toEqual(stored);
    for (const [name, { url, query }] of Object.entries(tiers)) {
      expect(url).toBe(`${gateway.url}/audio/${trackId}/${name}`);
      const chunks = manifest.tiers[name as "96"]?.chunks ?? [];
      for (const [index, [, bytes]] of chunks.entries()) {
        const chunk = await fetch(`${url}/${index}.${name === "flac" ? "flac" : "ogg"}?${query}`);
        expect([name, index, chunk.status, (await chunk.arrayBuffer()).byteLength]).toEqual([name, index, 200, bytes]);
      }
    }
  });

  test("a free plan gets its tiers only, and no play without an account", async () => {
    const free = await post(`${at}/play`, { trackId, quality: "auto", deviceId: "d" }, await gateway.as(listener));
    expect(Object.keys((free.body as unknown as Play).tiers)).toEqual(["96", "160"]);
    expect((await post(`${at}/play`, { trackId, quality: "flac", deviceId: "d" }, await gateway.as(listener))).status).toBe(403);
    expect((await post(`${at}/play`, { trackId, quality: "auto", deviceId: "d" })).status).toBe(401);
    expect((await post(`${at}/play`, { trackId: "nothing", quality: "auto", deviceId: "d" }, await gateway.as(listener))).status).toBe(404);
    expect((await post(`${at}/play`, { trackId, quality: "-i /etc/passwd", deviceId: "d" }, await gateway.as(listener))).status).toBe(422);
  });
});

describe("whole files", () => {
  test.each(["96", "160", "320", "flac"])("tier %s has its exact length, and every range is the same bytes", async (tier) => {
    const headers = await gateway.as(premium);
    const url = `${at}/tracks/${trackId}/stream?tier=${tier}`;
    const head = await fetch(url, { method: "HEAD", headers });
    const response = await fetch(url, { headers });
    const whole = Buffer.from(await response.arrayBuffer());
    expect([response.status, response.headers.get("content-type"), response.headers.get("accept-ranges")]).toEqual([200, tier === "flac" ? "audio/flac" : "audio/ogg", "bytes"]);
    expect([response.headers.get("content-length"), head.headers.get("content-length"), head.status]).toEqual([String(whole.length), String(whole.length), 200]);
    expect(whole.toString("latin1", 0, 4)).toBe(tier === "flac" ? "fLaC" : "OggS");
    const middle = Math.floor(whole.length / 2);
    for (const [start, end] of [[0, 1], [0, 1_000], [middle - 500, middle + 70_000], [whole.length - 10, whole.length]] as const) {
      const part = await fetch(url, { headers: { ...headers, Range: `bytes=${start}-${end - 1}` } });
      const stop = Math.min(end, whole.length);
      expect([part.status, part.headers.get("content-range")]).toEqual([206, `bytes ${start}-${stop - 1}/${whole.length}`]);
      expect(Buffer.from(await part.arrayBuffer()).equals(whole.subarray(start, stop))).toBe(true);
    }
    const etag = response.headers.get("etag") ?? "";
    expect((await fetch(url, { headers: { ...headers, "If-None-Match": etag } })).status).toBe(304);
    expect((await fetch(url, { headers: { ...headers, Range: "bytes=0-0", "If-Range": '"other"' } })).status).toBe(200);
    expect((await fetch(url, { headers: { ...headers, Range: `bytes=${whole.length}-` } })).status).toBe(416);
  });

  test("the same rules as for a play", async () => {
    const url = `${at}/tracks/${trackId}/stream`;
    expect((await ask(url)).status).toBe(401);
    expect((await ask(`${url}?tier=flac`, { headers: await gateway.as(listener) })).status).toBe(403);
    expect((await ask(`${url}?tier=-i`, { headers: await gateway.as(listener) })).status).toBe(422);
    expect((await ask(`${url}?token=x`, { headers: await gateway.as(listener) })).status).toBe(422);
    expect((await ask(`${at}/tracks/nothing/stream`, { headers: await gateway.as(listener) })).status).toBe(404);
    expect((await fetch(url, { method: "HEAD", headers: await gateway.as(listener) })).status).toBe(200);
  });

  test("a client that leaves, or takes nothing, is not buffered for", async () => {
    const headers = await gateway.as(premium);
    for (let turn = 0; turn < 5; turn++) {
      const response = await fetch(`${at}/tracks/${trackId}/stream?tier=flac`, { headers });
      await response.body?.cancel();
    }
    expect((await ask(`${gateway.url}/v1/probe/count?limit=1`)).status).toBe(200);
  });
});

describe("pictures", () => {
  beforeAll(async () => {
    const { objects } = gateway.resources.ports;
    const square = sharp({ create: { width: 900, height: 600, channels: 3, background: "#a05020" } });
    await objects.put(imageKey(id("1")), await square.png().toBuffer(), "image/png");
    await objects.put(imageKey(id("2")), Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'), "image/svg+xml");
    const huge = await sharp({ create: { width: 6_000, height: 5_000, channels: 3, background: "#000000" } }).png({ compressionLevel: 1 }).toBuffer();
    await objects.put(imageKey(id("3")), huge, "image/png");
    await objects.put(imageKey(id("4")), Buffer.from("not a picture"), "image/jpeg");
  });

  test.each([["", 512], ["?size=64", 64], ["?size=65", 128], ["?size=1000", 900]])("%s is at most %i pixels wide", async (query, width) => {
    const response = await picture("1", query);
    expect([response.status, response.headers.get("content-type"), response.headers.get("cache-control"), response.headers.get("access-control-allow-origin")]).toEqual([200, "image/jpeg", "public, max-age=31536000, immutable", "*"]);
    expect((await sharp(Buffer.from(await response.arrayBuffer())).metadata()).width).toBe(width);
    expect((await fetch(response.url, { headers: { "If-None-Match": response.headers.get("etag") ?? "" } })).status).toBe(304);
  });

  test.each(["?size=100000", "?size=1001", "?size=0", "?size=-1", "?size=1.5", "?size=a", "?size=", "?size=64&format=png"])("%s is refused", async (query) => {
    expect((await picture("1", query)).status).toBe(422);
  });

  test("programs, floods of pixels, damage and strangers are no pictures", async () => {
    expect(await Promise.all(["2", "3", "4", "5"].map(async (digit) => (await picture(digit)).status))).toEqual([404, 404, 404, 404]);
    expect((await ask(`${at}/images/..%2f..%2fsecrets`)).status).toBe(404);
  });
});

describe("the page", () => {
  test("loads only what is here, under a strict policy, and its files are kept for ever", async () => {
    const response = await fetch(gateway.url);
    expect([response.status, response.headers.get("content-type"), response.headers.get("cache-control")]).toEqual([200, "text/html; charset=utf-8", "no-cache"]);
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(/default-src 'none'/);
    expect(policy).toMatch(/script-src 'self' 'wasm-unsafe-eval'(;|$)/);
    expect(policy).not.toMatch(/unsafe-inline|unsafe-eval'? |\*/);
    const files = [...(await response.text()).matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path]) => path ?? "");
    expect(files.length).toBeGreaterThanOrEqual(2);
    for (const file of files) expect((await fetch(gateway.url + file)).headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect((await ask(`${gateway.url}/assets/../package.json`)).status).toBe(404);
    expect((await ask(`${gateway.url}/assets/none.js`)).status).toBe(404);
  });
});

describe("the log", () => {
  test("keeps no password, token, signature, query or search of the whole run", async () => {
    const play = await post(`${at}/play`, { trackId, quality: "auto", deviceId: "d" }, await gateway.as(premium));
    const query = (play.body as unknown as Play).tiers["96"]?.query ?? "";
    await fetch(`${gateway.url}/audio/${trackId}/96/0.ogg?${query}`);
    await ask(`${at}/search?q=canary-search-words`);
    await post(`${at}/auth/login`, { username: "canary-name", password });
    await post(`${at}/auth/refresh`, { refreshToken: "canary-refresh-token" });
    await ask(`${gateway.url}/v1/nothing?secret=canary-query`);
    const { Authorization } = await gateway.as(premium);
    await ask(`${at}/probe/crash?${Authorization.slice(7)}`, { headers: { Authorization } });
    const log = lines.join("");
    expect(log).toContain('"route":"/v1/play"');
    expect(log).toContain('"route":"/audio/:track/:tier/:chunk"');
    const signature = /sig=([\w-]{43})/.exec(query)?.[1] ?? "no signature";
    for (const canary of [password, "wrong-canary-password", signature, "canary-search-words", "canary-refresh-token", "canary-query", Authorization.slice(-40)]) expect([canary, log.includes(canary)]).toEqual([canary, false]);
  });
});
