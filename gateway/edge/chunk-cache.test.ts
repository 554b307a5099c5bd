/** Objects in memory: one read for all who ask, bounds, and bytes that stay as they are until nobody uses them. */
import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { setImmediate as nextTurn, setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { chunkKey } from "../../audio/index.ts";
import { UrlKeyRing } from "../../keys.ts";
import { Metrics } from "../http/metrics.ts";
import { open } from "../http/exchange.ts";
import { AudioEdge } from "./audio.ts";
import { ChunkCache, type CachedObject } from "./chunk-cache.ts";
import { SignedUrls } from "./signed-url.ts";

const limits = { bytes: 10_000, absentMs: 60_000, absentKeys: 10, reads: 2, spareBytes: 0 };
const object = (bytes: number) => ({ body: new Uint8Array(bytes), size: bytes, contentType: "audio/ogg" });

describe("the cache of chunks -", () => {
  test("a hundred requests for one absent chunk are one read", async () => {
    let reads = 0;
    const arrived = Promise.withResolvers<void>();
    const cache = new ChunkCache({ get: async () => { reads += 1; await arrived.promise; return object(100); } }, limits);
    const answers = Promise.all(Array.from({ length: 100 }, () => cache.get("a")));
    arrived.resolve();
    expect(new Set((await answers).map((answer) => answer?.body)).size).toBe(1);
    expect(reads).toBe(1);
    await cache.get("a");
    expect(reads).toBe(1);
  });

  test("absence is remembered, failure is not", async () => {
    let reads = 0;
    const cache = new ChunkCache({ get: (key) => { reads += 1; if (key === "bad") throw new Error("away"); return Promise.resolve(undefined); } }, limits);
    expect([await cache.get("none"), await cache.get("none"), reads]).toEqual([undefined, undefined, 1]);
    await expect(cache.get("bad")).rejects.toThrow("away");
    await expect(cache.get("bad")).rejects.toThrow("away");
    expect(reads).toBe(3);
  });

  test("reads and bytes are bounded", async () => {
    const held = Promise.withResolvers<undefined>();
    const busy = new ChunkCache({ get: () => held.promise }, limits);
    const pending = [busy.get("a"), busy.get("b")];
    await expect(busy.get("c")).rejects.toMatchObject({ name: "Busy" });
    held.resolve(undefined);
    await Promise.all(pending);
    const cache = new ChunkCache({ get: async () => object(4_000) }, limits);
    for (const key of ["a", "b", "c", "d"]) await cache.get(key);
    expect(cache.bytes).toBeLessThanOrEqual(limits.bytes);
    expect([cache.held("a"), cache.held("d") !== undefined]).toEqual([undefined, true]);
  });
});

/** Of what the store has under a number: 3 to 9 kB of it. */
const bytesOf = (n: number) => 3_000 + 857 * (n % 8);

/** A store whose reads end when they are told to. */
function slowStore() {
  const ends: (() => void)[] = [];
  const get = async (key: string, _range?: object, allocate: (bytes: number) => Buffer = (bytes) => Buffer.alloc(bytes)) => {
    const n = Number(key);
    const body = allocate(bytesOf(n));
    await new Promise<void>((resolve) => ends.push(resolve));
    if (n === 7) throw new Error("away");
    body.fill(n);
    return { body, size: body.length, contentType: "audio/ogg" };
  };
  return { get, end: (turn: number) => ends.splice(turn % Math.max(1, ends.length), 1)[0]?.() };
}

describe("memory that is used again -", () => {
  test("whatever comes in between, bytes stay as they are until they are released", async () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ ask: fc.integer({ min: 0, max: 11 }) }) },
      { weight: 3, arbitrary: fc.record({ end: fc.nat(9) }) },
      { weight: 2, arbitrary: fc.record({ release: fc.nat(9), twice: fc.boolean() }) },
    );
    let reused = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 50, maxLength: 150, size: "max" }), async (steps) => {
        const store = slowStore();
        const blocks = new Set<ArrayBufferLike>();
        let reads = 0;
        const cache = new ChunkCache({ get: (key, range, allocate) => store.get(key, range, (bytes) => {
          const memory = allocate?.(bytes) ?? Buffer.alloc(bytes);
          reads += 1;
          blocks.add(memory.buffer);
          return memory;
        }) }, { bytes: 20_000, absentMs: 0, absentKeys: 1, reads: 4, spareBytes: 50_000 });
        const used: { n: number; object: CachedObject }[] = [];
        for (const act of steps) {
          if ("ask" in act) void cache.get(`${act.ask}`).then((given) => given !== undefined && used.push({ n: act.ask, object: given }), () => undefined);
          else if ("end" in act) store.end(act.end);
          else {
            const [over] = used.splice(act.release % Math.max(1, used.length), 1);
            over?.object.release();
            if (act.twice) over?.object.release();
          }
          await nextTurn();
          for (const { n, object: { body } } of used) expect([body.length, body.every((byte) => byte === n)]).toEqual([bytesOf(n), true]);
        }
        reused += reads - blocks.size;
      }),
      { numRuns: 60 },
    );
    // Else nothing was shown.
    expect(reused).toBeGreaterThan(100);
  });

  test("one that is never released is never used again", async () => {
    const blocks: ArrayBufferLike[] = [];
    const cache = new ChunkCache({ get: async (_key, _range, allocate) => {
      const body = allocate?.(5_000) ?? Buffer.alloc(5_000);
      blocks.push(body.buffer);
      return { body, size: body.length, contentType: "audio/ogg" };
    } }, { ...limits, bytes: 6_000, spareBytes: 50_000 });
    await cache.get("kept");
    (await cache.get("released"))?.release();
    for (const key of ["a", "b", "c"]) (await cache.get(key))?.release();
    expect(blocks.lastIndexOf(blocks[0] as ArrayBufferLike)).toBe(0);
    expect(blocks.lastIndexOf(blocks[1] as ArrayBufferLike)).toBeGreaterThan(1);
  });
});

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

describe("over HTTP, a cache too small for what is asked -", () => {
  const names = Array.from({ length: 12 }, (_, n) => `trk_reused-${n}`);
  /** More than the kernel takes at once from a server whose client does not read. */
  const bodies = new Map(names.map((name, n) => [chunkKey(name, "flac", 0), randomBytes(7_000_000 + n)]));
  const keys = new UrlKeyRing(`k:${randomBytes(32).toString("base64")}`);
  const blocks: ArrayBufferLike[] = [];
  const cache = new ChunkCache({ get: async (key, _range, allocate) => {
    const stored = bodies.get(key);
    if (stored === undefined) return undefined;
    const body = allocate?.(stored.length) ?? Buffer.alloc(stored.length);
    blocks.push(body.buffer);
    stored.copy(body);
    return { body, size: body.length, contentType: "audio/flac" };
  } }, { bytes: 20_000_000, absentMs: 0, absentKeys: 1, reads: 100, spareBytes: 500_000_000 });
  const edge = new AudioEdge(new SignedUrls(keys, 100), cache, new Metrics(() => ({ lagMs: 0, cacheBytes: 0, connections: 0 }), () => []));
  const server = createServer((request, response) => void edge.answer(open(request, response, () => false)).catch(() => response.destroy()));
  const path = (name: string) => `/audio/${name}/flac/0.flac?${keys.sign(`/audio/${name}/flac/`, Math.floor(Date.now() / 1_000) + 600)}`;
  let port: number;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const fetched = async (name: string) => digest(Buffer.from(await (await fetch(`http://127.0.0.1:${port}${path(name)}`)).arrayBuffer()));

  test("who reads slowly gets the bytes that were asked for, also beside those who leave in between", async () => {
    const slow = names.slice(0, 4).map((name) => {
      const socket = connect(port, "127.0.0.1");
      socket.pause();
      socket.write(`GET ${path(name)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      return { name, socket };
    });
    const leaving = names.slice(4, 6).map((name) => {
      const socket = connect(port, "127.0.0.1");
      socket.pause();
      socket.write(`GET ${path(name)} HTTP/1.1\r\nHost: x\r\n\r\n`);
      return socket;
    });
    await pause(200);
    for (const socket of leaving) socket.destroy();
    for (let round = 0; round < 3; round++) for (const name of names.slice(4)) expect(await fetched(name)).toBe(digest(bodies.get(chunkKey(name, "flac", 0)) ?? randomBytes(1)));
    // Memory was used again meanwhile, theirs not.
    expect(new Set(blocks).size).toBeLessThan(blocks.length - 10);
    for (const { name, socket } of slow) {
      const pieces: Buffer[] = [];
      for await (const piece of socket) pieces.push(piece as Buffer);
      const answer = Buffer.concat(pieces);
      expect(digest(answer.subarray(answer.indexOf("\r\n\r\n") + 4))).toBe(digest(bodies.get(chunkKey(name, "flac", 0)) ?? randomBytes(1)));
    }
  });
});
