/** The edge over HTTP: signatures first, then bytes. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { chunkKey } from "../../audio/index.ts";
import { UrlKeyRing, urlLifetimeSeconds, urlSkewSeconds } from "../../keys.ts";
import { ask, raw, startGateway, type TestGateway } from "../testing/gateway.ts";

const track = "trk_0123-abc";
const chunk = randomBytes(94_000);
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startGateway([]);
  const { objects } = gateway.resources.ports;
  await objects.put(chunkKey(track, "160", 0), chunk, "audio/ogg");
  await objects.put(chunkKey(track, "flac", 0), chunk, "audio/flac");
});

afterAll(() => gateway.stop());

const nowSeconds = () => Math.floor(Date.now() / 1_000);
const sign = (prefix = `/audio/${track}/160/`, expires = nowSeconds() + 3_600, keys = gateway.resources.keys.urls) => keys.sign(prefix, expires);
const path = (query: string, name = `${track}/160/0.ogg`) => `${gateway.url}/audio/${name}?${query}`;
const statusAndCode = async (url: string) => {
  const { status, body } = await ask(url);
  return [status, body.error?.code];
};

describe("a signed chunk", () => {
  test("comes whole, for a year, for any origin", async () => {
    const response = await fetch(path(sign()), { headers: { Origin: "https://player.example" } });
    expect(response.status).toBe(200);
    expect(Buffer.from(await response.arrayBuffer()).equals(chunk)).toBe(true);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "audio/ogg",
      "content-length": "94000",
      "accept-ranges": "bytes",
      "cache-control": "public, max-age=31536000, immutable",
      "access-control-allow-origin": "*",
      "access-control-expose-headers": expect.stringContaining("Content-Range"),
      "timing-allow-origin": "*",
      "cross-origin-resource-policy": "cross-origin",
      "x-content-type-options": "nosniff",
    });
  });

  test.each([
    ["bytes=0-99", 206, [0, 100]],
    ["bytes=93900-", 206, [93_900, 94_000]],
    ["bytes=-50", 206, [93_950, 94_000]],
    ["bytes=93990-200000", 206, [93_990, 94_000]],
    ["bytes=0-1,5-6", 200, [0, 94_000]],
    ["bytes=9-3", 200, [0, 94_000]],
    ["lines=0-9", 200, [0, 94_000]],
  ] as const)("Range %s", async (range, status, [start, end]) => {
    const response = await fetch(path(sign()), { headers: { Range: range } });
    expect(response.status).toBe(status);
    expect(Buffer.from(await response.arrayBuffer()).equals(chunk.subarray(start, end))).toBe(true);
    if (status === 206) expect(response.headers.get("content-range")).toBe(`bytes ${start}-${end - 1}/94000`);
  });

  test("a range outside is refused with the size", async () => {
    const answer = await ask(path(sign()), { headers: { Range: "bytes=94000-" } });
    expect([answer.status, answer.headers.get("content-range")]).toEqual([416, "bytes */94000"]);
  });

  test("who has it gets 304; If-Range takes the range only of the same bytes", async () => {
    const etag = (await fetch(path(sign()), { method: "HEAD" })).headers.get("etag") ?? "";
    expect((await fetch(path(sign()), { headers: { "If-None-Match": `"x", W/${etag}` } })).status).toBe(304);
    expect((await fetch(path(sign()), { headers: { Range: "bytes=0-9", "If-Range": etag } })).status).toBe(206);
    expect((await fetch(path(sign()), { headers: { Range: "bytes=0-9", "If-Range": '"other"' } })).status).toBe(200);
  });

  test("HEAD, OPTIONS and other methods", async () => {
    const head = await fetch(path(sign()), { method: "HEAD" });
    expect([head.status, head.headers.get("content-length"), (await head.arrayBuffer()).byteLength]).toEqual([200, "94000", 0]);
    const preflight = await fetch(path(""), { method: "OPTIONS", headers: { Origin: "https://player.example", "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "range" } });
    expect([preflight.status, preflight.headers.get("access-control-allow-headers"), preflight.headers.get("access-control-allow-origin")]).toEqual([204, "Range, If-None-Match", "*"]);
    expect((await ask(path(sign()), { method: "POST" })).status).toBe(405);
  });

  test("one that is not there is not found, and that is kept for seconds only", async () => {
    const answer = await ask(path(sign(), `${track}/160/7.ogg`));
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([404, "public, max-age=2"]);
  });
});

describe("what the signature refuses", () => {
  test("nothing, or a part of it", async () => {
    const [exp, kid, sig] = sign().split("&");
    for (const query of ["", `${exp}&${kid}`, `${exp}&${sig}`, `${kid}&${sig}`]) expect(await statusAndCode(path(query))).toEqual([403, "BAD_SIGNATURE"]);
  });

  test("any flipped character of any field", async () => {
    const query = sign();
    for (let at = query.indexOf("=") + 1; at < query.length; at++) {
      const character = query[at] ?? "";
      if (character === "&" || character === "=" || !/[\w-]/.test(character) || /(^|&)(exp|kid|sig)?$/.test(query.slice(0, at)) || /(^|&)[a-z]{1,2}$/.test(query.slice(0, at))) continue;
      const flipped = query.slice(0, at) + (character === "1" ? "2" : /\d/.test(character) ? "1" : character === "A" ? "B" : "A") + query.slice(at + 1);
      const { status } = await ask(path(flipped));
      expect([flipped, status]).toEqual([flipped, 403]);
    }
  });

  test("every non-canonical spelling of the last digit, and any other length", async () => {
    const query = sign();
    const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const accepted = [];
    for (const digit of digits) if ((await ask(path(query.slice(0, -1) + digit), { method: "HEAD" })).status === 200) accepted.push(digit);
    expect(accepted).toEqual([query.at(-1)]);
    for (const other of [query.slice(0, -1), `${query}A`, `${query}=`, `${query}%3D`]) expect((await ask(path(other))).status).toBe(403);
  });

  test("another track, tier, or key", async () => {
    const query = sign();
    // Known to be good for one prefix, it opens no other.
    expect((await fetch(path(query))).status).toBe(200);
    expect((await ask(path(query, `${track}/flac/0.flac`))).status).toBe(403);
    expect((await ask(path(query, `${track}/320/0.ogg`))).status).toBe(403);
    expect((await ask(path(query, "trk_other/160/0.ogg"))).status).toBe(403);
    expect((await ask(path(query.replace("kid=", "kid=x")))).status).toBe(403);
    const stranger = new UrlKeyRing(`${/kid=([^&]+)/.exec(query)?.[1] ?? ""}:${randomBytes(32).toString("base64")}`);
    expect((await ask(path(sign(undefined, undefined, stranger)))).status).toBe(403);
  });

  test("an end that has passed (410) or lies too far ahead (403), also after it was accepted once", async () => {
    expect(await statusAndCode(path(sign(undefined, nowSeconds() - urlSkewSeconds - 1)))).toEqual([410, "URL_EXPIRED"]);
    expect((await fetch(path(sign(undefined, nowSeconds() - urlSkewSeconds + 30)))).status).toBe(200);
    expect((await fetch(path(sign(undefined, nowSeconds() + urlLifetimeSeconds)))).status).toBe(200);
    expect(await statusAndCode(path(sign(undefined, nowSeconds() + urlLifetimeSeconds + urlSkewSeconds + 10)))).toEqual([403, "BAD_SIGNATURE"]);
    for (const exp of ["1e10", "0x7fffffff", "-1", "+1", " 1", "00000000001", "9".repeat(30)]) expect((await ask(path(sign().replace(/exp=\d+/, `exp=${encodeURIComponent(exp)}`)))).status).toBe(403);
  });

  test("doubled, unknown and renamed parameters", async () => {
    const query = sign();
    for (const other of [`${query}&sig=x`, `exp=1&${query}`, `${query}&a=1`, `${query}&`, `&${query}`, query.replace("exp", "EXP"), query.replace("exp", "%65xp")]) {
      expect([other, ...(await statusAndCode(path(other)))]).toEqual([other, 400, "MALFORMED_QUERY"]);
    }
    expect(await statusAndCode(path(query.replaceAll("&", ";")))).toEqual([403, "BAD_SIGNATURE"]);
  });

  test("every other spelling of the path, also written to the socket as it is", async () => {
    const query = sign();
    const spellings = [
      `/audio/${track}/160/../160/0.ogg`, `/audio/${track}/160/./0.ogg`, `/audio/x/../${track}/160/0.ogg`, `/audio/${track}/160/%30.ogg`, `/audio/${track}%2f160/0.ogg`, `/audio/${track}/160%2F0.ogg`,
      `/audio/${track}/160/%252e%252e/0.ogg`, `/audio/%2e%2e/${track}/160/0.ogg`, `/audio//${track}/160/0.ogg`, `/audio/${track}//160/0.ogg`, `/audio/${track}/160/0.ogg/`, `/audio/${track}/160/0.ogg;a=1`,
      `/audio/${track}/160/00.ogg`, `/audio/${track}/160/+0.ogg`, `/audio/${track}/160/-1.ogg`, `/audio/${track}/160/9999999.ogg`, `/audio/${track}/160/0.OGG`, `/audio/${track}/160/0.flac`, `/audio/${track}/flac/0.ogg`,
      `/audio/${track}/161/0.ogg`, `/audio/${track}/160/0.ogg%00`, `/audio/${track}/160/0`, `/audio/${track}/160/`, `/audio/${"a".repeat(65)}/160/0.ogg`, `/audio/${track}/160\\0.ogg`, `/audio/tr\u00e4ck/160/0.ogg`,
    ];
    for (const spelling of spellings) {
      const answer = await raw(gateway.port, Buffer.from(`GET ${spelling}?${query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, "utf8"));
      expect([spelling, answer.slice(0, 12)]).toEqual([spelling, "HTTP/1.1 400"]);
    }
    // A folder above, or another name of the prefix, is not the edge at all.
    for (const spelling of [`/AUDIO/${track}/160/0.ogg`, `/x/../audio/${track}/160/0.ogg`, `/audio`]) {
      const answer = await raw(gateway.port, `GET ${spelling}?${query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      expect([spelling, answer.slice(0, 12)]).toEqual([spelling, "HTTP/1.1 404"]);
    }
  });

  test("a key within its grace still opens; a retired one does not", async () => {
    const [old, current] = [`old:${randomBytes(32).toString("base64")}`, `new:${randomBytes(32).toString("base64")}`];
    const oldQuery = new UrlKeyRing(old).sign(`/audio/${track}/160/`, nowSeconds() + 60);
    const during = await startGateway([], { config: { URL_SIGNING_KEYS: `${current},${old}` } });
    const after = await startGateway([], { config: { URL_SIGNING_KEYS: current } });
    for (const { resources } of [during, after]) await resources.ports.objects.put(chunkKey(track, "160", 0), chunk, "audio/ogg");
    const statuses = await Promise.all([during, after].map(async ({ url }) => (await fetch(`${url}/audio/${track}/160/0.ogg?${oldQuery}`)).status));
    expect(statuses).toEqual([200, 403]);
    await Promise.all([during.stop(), after.stop()]);
  });
});
