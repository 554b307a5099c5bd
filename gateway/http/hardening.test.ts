/** What was measured to break moleculer-web's defaults, and the checklist of attacks on an API. */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { admin, ask, listener, post, raw, startGateway, strangerKey, type TestGateway } from "../testing/gateway.ts";
import { limits } from "./limits.ts";

let gateway: TestGateway;
let at: string;

beforeAll(async () => {
  gateway = await startGateway([], { config: { ALLOWED_ORIGINS: ["https://app.example"] } });
  at = `${gateway.url}/v1`;
});

afterAll(() => gateway.stop());

const alive = async () => expect((await ask(`${at}/probe/count?limit=1`)).status).toBe(200);
const nest = (depth: number) => `${'{"value":'.repeat(depth)}1${"}".repeat(depth)}`;

const deep = (depth: number) => `{"name":"x","value":${nest(depth - 1)}}`;
const statusOf = async (name: string, headers: Record<string, string> = {}) => (await ask(`${at}/probe/${name}`, { headers })).status;
const now = () => Math.floor(Date.now() / 1_000);
const b64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("bodies", () => {
  test("a body nested 5,000 deep is refused and the process lives", async () => {
    const { status, body } = await post(`${at}/probe/echo`, nest(5_000));
    expect([status, body.error?.code]).toEqual([422, "TOO_DEEP"]);
    await alive();
  });

  test("depth up to the bound passes, one more does not", async () => {
    expect((await post(`${at}/probe/echo`, deep(limits.jsonDepth))).status).toBe(200);
    expect((await post(`${at}/probe/echo`, deep(limits.jsonDepth + 1))).body.error?.code).toBe("TOO_DEEP");
  });

  test.each(["__proto__", "constructor", "prototype", "\\u005f_proto__"])("the key %s is refused wherever it stands", async (key) => {
    for (const body of [`{"name":"x","${key}":{"isAdmin":true}}`, `{"name":"x","value":[{"${key}":1}]}`]) {
      const answer = await post(`${at}/probe/echo`, body);
      expect([answer.status, answer.body.error?.code]).toEqual([400, "FORBIDDEN_KEY"]);
    }
  });

  test("parameters inherit nothing", async () => {
    expect((await post(`${at}/probe/echo`, { name: "x" })).body).toEqual({ own: { name: "x" }, inheritsAdmin: false, prototype: true });
    expect((await ask(`${at}/probe/echo/x?value=1`)).body).toEqual({ own: { name: "x", value: "1" }, inheritsAdmin: false, prototype: true });
  });

  test("unknown, missing and ill-typed fields are named, and never what was sent", async () => {
    const { status, body } = await post(`${at}/probe/echo`, { name: { secret: "hunter2" }, role: "admin" });
    expect(status).toBe(422);
    expect(body.error?.code).toBe("INVALID_INPUT");
    expect(body.error?.details).toEqual({ fields: [{ field: "name", rule: "string", reason: "must be a string" }, { field: "", rule: "objectStrict", reason: "has unknown fields" }] });
    expect(JSON.stringify(body)).not.toMatch(/hunter2|role/);
  });

  test("size, width, type and encoding have bounds", async () => {
    const cases: [RequestInit, number][] = [
      [{ body: JSON.stringify({ name: "x", value: "v".repeat(200_000) }) }, 413],
      [{ body: JSON.stringify({ name: "x", value: Array(100_000).fill(1) }) }, 413],
      [{ body: JSON.stringify({ name: "x", value: Array(limits.jsonItems + 1).fill(1) }) }, 422],
      [{ body: '{"name":' }, 400],
      [{ body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) }, 400],
      [{ body: "[1]" }, 422],
      [{ body: "{}", headers: { "Content-Type": "text/plain" } }, 415],
      [{ body: "{}", headers: { "Content-Type": "application/json", "Content-Encoding": "gzip" } }, 415],
    ];
    for (const [init, status] of cases) {
      const answer = await ask(`${at}/probe/echo`, { method: "POST", headers: { "Content-Type": "application/json" }, ...init });
      expect(answer.status).toBe(status);
      expect(answer.body.error).toMatchObject({ retryable: false });
    }
    await alive();
  });

  test("a declared length above the bound is refused before the first byte of it", async () => {
    const answer = await raw(gateway.port, "POST /v1/probe/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000000\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 413 [^]*Connection: close/i);
  });

  test("a body without a declared length is cut at the bound, not collected", async () => {
    const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
    const answer = await raw(gateway.port, `POST /v1/probe/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(4)}`);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toMatch(/Connection: close/i);
  });

  test("a query on a call that takes a body is refused", async () => {
    expect((await post(`${at}/probe/echo?name=y`, { name: "x" })).status).toBe(422);
  });
});

describe("queries and addresses", () => {
  test("duplicates, poisoned names and floods are refused", async () => {
    expect((await ask(`${at}/probe/count?limit=1&limit=2`)).body.error?.code).toBe("DUPLICATE_PARAMETER");
    expect((await ask(`${at}/probe/count?__proto__=1`)).body.error?.code).toBe("FORBIDDEN_KEY");
    expect((await ask(`${at}/probe/count?limit[a]=1`)).status).toBe(422);
    expect((await ask(`${at}/probe/count?limit=%ff`)).body.error?.code).toBe("MALFORMED_QUERY");
    expect((await ask(`${at}/probe/count?${"a&".repeat(1_000)}`)).body.error?.code).toBe("TOO_MANY_PARAMETERS");
    expect((await ask(`${at}/probe/count?limit=${"1".repeat(5_000)}`)).status).toBe(414);
  });

  test.each(["1000000000", "-1", "1e9", "NaN", "Infinity", "0x10", "9".repeat(400), "1.5", ""])("limit=%s is no number that we take", async (limit) => {
    const { status } = await ask(`${at}/probe/count?limit=${limit}`);
    expect(status).toBe(limit === "-1" ? 200 : 422);
  });

  test("what is not routed is not found, whatever it is called", async () => {
    for (const path of ["/v1/~node/services", "/~node/services", "/v1/$node/list", "/v1/probe.echo", "/v1/gateway/address", "/v1/gateway/rest", "/api/gateway/listAliases", "/v1/probe/echo/a/b", "/nothing", "/v1", "//v1/me", "/v1/probe/echo/"]) {
      const { status, body } = await ask(gateway.url + path);
      expect([path, status, body.error?.code]).toEqual([path, 404, "NOT_FOUND"]);
    }
  });

  test("the wrong method is told the right ones", async () => {
    const answer = await ask(`${at}/probe/count`, { method: "DELETE" });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "OPTIONS, HEAD, GET"]);
  });

  test("HEAD answers like GET without a body", async () => {
    const answer = await fetch(`${at}/probe/count?limit=3`, { method: "HEAD" });
    expect([answer.status, answer.headers.get("content-length"), await answer.text()]).toEqual([200, "11", ""]);
  });
});

describe("errors", () => {
  test("a crash is a plain 500 with a request id, and tells nothing", async () => {
    const answer = await ask(`${at}/probe/crash`);
    expect(answer.status).toBe(500);
    expect(answer.body.error).toEqual({ code: "INTERNAL", message: expect.any(String), retryable: false });
    expect(JSON.stringify([answer.body, [...answer.headers]])).not.toMatch(/select|secret|at |moleculer|express|node/i);
    expect(answer.headers.get("x-request-id")).toMatch(/^[0-9a-f]{32}$/);
  });

  test("error details too deep to serialise do not end the process", async () => {
    const answer = await ask(`${at}/probe/deep`);
    expect([answer.status, answer.body.error?.code]).toEqual([422, "DEEP"]);
    expect(answer.body.error?.details).toBeUndefined();
    await alive();
  });

  test("whatever is thrown becomes the error form", async () => {
    expect((await ask(`${at}/probe/nonsense`)).body.error?.code).toBe("INTERNAL");
    const busy = await ask(`${at}/probe/busy`);
    expect([busy.status, busy.headers.get("retry-after"), busy.body.error?.retryable]).toEqual([503, "3", true]);
    const late = await ask(`${at}/probe/late`);
    expect([late.status, late.body.error]).toEqual([504, expect.objectContaining({ code: "TIMEOUT", retryable: true })]);
    const missing = await ask(`${at}/probe/missing`);
    expect([missing.status, missing.body.error?.retryable, missing.headers.get("retry-after")]).toEqual([503, true, "1"]);
  });

  test("an answer that looks like a buffer stays JSON", async () => {
    expect((await ask(`${at}/probe/buffer`)).body).toEqual({ type: "Buffer", data: [60, 62] });
  });

  test("what Node's parser refuses is answered in the error form too", async () => {
    const oversized = await raw(gateway.port, `GET /v1/me HTTP/1.1\r\nHost: x\r\nX-Big: ${"x".repeat(1_000_000)}\r\n\r\n`);
    expect(oversized).toMatch(/^HTTP\/1\.1 431 /);
    const broken = await raw(gateway.port, "GET /v1/me HTTP/9\r\n\r\n");
    expect(broken).toMatch(/^HTTP\/1\.1 400 [^]*"code":"MALFORMED_REQUEST"/);
    const smuggled = await raw(gateway.port, "POST /v1/probe/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    expect(smuggled).toMatch(/^HTTP\/1\.1 400 /);
    await alive();
  });
});

describe("access", () => {
  test("only declared actions are reached, and only by whom their rule names", async () => {
    const [asListener, asAdmin] = [await gateway.as(listener), await gateway.as(admin)];
    expect([await statusOf("undeclared", asAdmin), await statusOf("inside", asAdmin)]).toEqual([404, 404]);
    expect([await statusOf("admins"), await statusOf("admins", asListener), await statusOf("admins", asAdmin)]).toEqual([401, 403, 200]);
    expect([await statusOf("who"), await statusOf("who", asListener)]).toEqual([401, 200]);
  });

  test("a request without a token is told how to bring one", async () => {
    expect((await ask(`${at}/probe/who`)).headers.get("www-authenticate")).toBe('Bearer realm="ensemble"');
  });

  test("the identity comes from the token, ids and origin from us; headers from outside change nothing", async () => {
    const forged = { "X-Request-Id": "mine", "X-Correlation-Id": "mine", "X-User-Id": "root", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https" };
    const answer = await ask(`${at}/probe/who`, { headers: { ...(await gateway.as(listener)), ...forged } });
    expect(answer.body["meta"]).toEqual({ user: listener, origin: gateway.url, requestId: answer.headers.get("x-request-id") });
    expect(answer.headers.get("x-request-id")).not.toBe("mine");
  });

  test.each<[string, () => Promise<string>]>([
    ["no signature (alg none)", async () => `${b64({ alg: "none", kid: "t1" })}.${(await gateway.token(listener)).split(".")[1] ?? ""}.`],
    ["HS256 with our public key as secret", () => gateway.token(listener, { header: { alg: "HS256" }, key: Buffer.from(gateway.resources.keys.tokens.publicKey.export({ type: "spki", format: "pem" })) })],
    ["another key", () => gateway.token(listener, { key: strangerKey })],
    ["an unknown key id", () => gateway.token(listener, { header: { kid: "t2" } })],
    ["a key id that is a path", () => gateway.token(listener, { header: { kid: "../../../dev/null" } })],
    ["a key id that is SQL", () => gateway.token(listener, { header: { kid: "' or 1=1 --" } })],
    ["expired", () => gateway.token(listener, { expires: now() - 1 })],
    ["not yet valid", () => gateway.token(listener, { notBefore: now() + 60 })],
    ["another issuer", () => gateway.token(listener, { issuer: "evil" })],
    ["another audience", () => gateway.token(listener, { audience: "evil" })],
    ["a role that does not exist", () => gateway.token(listener, { claims: { role: "root" } })],
    ["a changed payload", async () => (await gateway.token(listener)).split(".").map((part, index) => (index === 1 ? b64({ ...JSON.parse(Buffer.from(part, "base64url").toString("utf8")) as object, role: "admin" }) : part)).join(".")],
    ["a truncated signature", async () => (await gateway.token(listener)).slice(0, -4)],
    ["no token at all", async () => "garbage"],
    ["a megabyte", async () => "x".repeat(10_000)],
  ])("a token with %s is refused, always with the same answer", async (_name, make) => {
    const { status, headers, body } = await ask(`${at}/probe/who`, { headers: { Authorization: `Bearer ${await make()}` } });
    expect(status).toBe(401);
    expect(headers.get("www-authenticate")).toBe('Bearer realm="ensemble", error="invalid_token"');
    expect(body).toEqual({ error: { code: "INVALID_TOKEN", message: "The access token is not valid, or no longer.", retryable: false } });
  });

  test("a token that was good is refused once it has expired", async () => {
    const expires = now() + 1;
    const soon = await gateway.token(listener, { expires });
    const who = () => ask(`${at}/probe/who`, { headers: { Authorization: `Bearer ${soon}` } });
    expect((await who()).status).toBe(200);
    // Asked without a pause it would be refused for its rate.
    while (Date.now() < (expires + 2) * 1_000 && (await who()).status === 200) await pause(20);
    expect((await who()).status).toBe(401);
  });
});

describe("browsers", () => {
  test("answers carry security headers and no banner", async () => {
    const { headers } = await ask(`${at}/probe/count?limit=1`);
    expect(Object.fromEntries(headers)).toMatchObject({
      "content-security-policy": "default-src 'none';frame-ancestors 'none'",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "referrer-policy": "no-referrer",
      "cross-origin-resource-policy": "same-origin",
      "cache-control": "no-store",
      "content-type": "application/json; charset=utf-8",
    });
    expect([headers.get("x-powered-by"), headers.get("server"), headers.get("set-cookie"), headers.get("access-control-allow-origin")]).toEqual([null, null, null, null]);
  });

  test("pages of other origins may not call; our own may", async () => {
    const evil = await ask(`${at}/probe/count?limit=1`, { headers: { Origin: "https://evil.example" } });
    expect([evil.status, evil.body.error?.code, evil.headers.get("access-control-allow-origin")]).toEqual([403, "ORIGIN_NOT_ALLOWED", null]);
    expect((await ask(`${at}/probe/count?limit=1`, { headers: { Origin: gateway.url } })).status).toBe(200);
    const preflight = await ask(`${at}/probe/echo`, { method: "OPTIONS", headers: { Origin: "https://evil.example", "Access-Control-Request-Method": "POST" } });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([403, null]);
  });

  test("pages of allowed origins may call, and read what they need", async () => {
    const Origin = "https://app.example";
    const preflight = await ask(`${at}/probe/echo`, { method: "OPTIONS", headers: { Origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization" } });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin"), preflight.headers.get("access-control-allow-methods")]).toEqual([204, Origin, "POST"]);
    expect(preflight.headers.get("access-control-allow-headers")).toContain("Authorization");
    const answer = await ask(`${at}/probe/busy`, { headers: { Origin } });
    expect([answer.status, answer.headers.get("access-control-allow-origin"), answer.headers.get("vary")]).toEqual([503, Origin, "Origin"]);
    expect(answer.headers.get("access-control-expose-headers")).toContain("Retry-After");
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
    // Almost the allowed origin is another one.
    for (const other of ["https://app.example.evil.example", "http://app.example", "https://app.example:444", "null"]) expect([other, (await ask(`${at}/probe/count?limit=1`, { headers: { Origin: other } })).status]).toEqual([other, 403]);
  });

  test("a Host that is none is refused", async () => {
    const answer = await raw(gateway.port, "GET /v1/probe/count?limit=1 HTTP/1.1\r\nHost: evil.example/path?\r\nConnection: close\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*MALFORMED_HOST/);
  });
});
