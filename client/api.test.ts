import { describe, expect, test } from "@jest/globals";
import { ApiClient, apiError, memoryTokenStore, parseRetryAfter } from "./api.ts";
import { ApiError, LoggedOut, NetworkError } from "./errors.ts";

interface Sent {
  readonly path: string;
  readonly authorization: string | null;
  readonly body: unknown;
}

/** A service behind a transport of our own making: each path answers as `answers` says. */
function service(answers: Record<string, () => { status?: number; body?: unknown }>) {
  const sent: Sent[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const { pathname, search } = new URL(input instanceof Request ? input.url : input);
    const request = { path: pathname + search, authorization: new Headers(init?.headers).get("authorization"), body: typeof init?.body === "string" ? (JSON.parse(init.body) as unknown) : undefined };
    sent.push(request);
    init?.signal?.throwIfAborted();
    const { status = 200, body = {} } = (answers[pathname] ?? (() => ({ status: 404, body: { error: { code: "NOT_FOUND", message: "No.", retryable: false } } })))();
    return Response.json(body, { status });
  };
  return { sent, fetch };
}

let issued = 0;
const login = (lifetimeMs = 900_000) => {
  issued += 1;
  return { account: { id: "a", username: "mia", plan: "free", role: "listener", country: "SE" }, accessToken: `access-${issued}`, refreshToken: `refresh-${issued}`, expiresAt: new Date(Date.now() + lifetimeMs).toISOString() };
};
const refused = { status: 401, body: { error: { code: "UNAUTHORIZED", message: "Log in.", retryable: false } } };

describe("api client - login", () => {
  test("calls made together after the token ended share one refresh, and the new refresh token is kept", async () => {
    const tokens = memoryTokenStore("kept");
    const { sent, fetch } = service({ "/v1/auth/refresh": () => ({ body: login() }), "/v1/me": () => ({ body: { id: "a" } }) });
    const api = new ApiClient({ baseUrl: "http://service", tokens, fetch });
    await Promise.all([api.me(), api.me(), api.me()]);
    expect(sent.map(({ path }) => path)).toEqual(["/v1/auth/refresh", "/v1/me", "/v1/me", "/v1/me"]);
    expect(sent[0]?.body).toEqual({ refreshToken: "kept" });
    expect(tokens.load()).toBe(`refresh-${issued}`);
    expect(sent[1]?.authorization).toBe(`Bearer access-${issued}`);
  });

  test("a token about to end is renewed before it is used", async () => {
    const { sent, fetch } = service({ "/v1/auth/login": () => ({ body: login(10_000) }), "/v1/auth/refresh": () => ({ body: login() }), "/v1/me": () => ({}) });
    const api = new ApiClient({ baseUrl: "http://service", tokens: memoryTokenStore(), fetch });
    await api.login({ username: "mia", password: "secret word" });
    await api.me();
    expect(sent.map(({ path }) => path)).toEqual(["/v1/auth/login", "/v1/auth/refresh", "/v1/me"]);
  });

  test("a refused token is renewed once, and the call made again", async () => {
    let calls = 0;
    const { sent, fetch } = service({ "/v1/auth/login": () => ({ body: login() }), "/v1/auth/refresh": () => ({ body: login() }), "/v1/me": () => ((calls += 1) === 1 ? refused : { body: { id: "a" } }) });
    const api = new ApiClient({ baseUrl: "http://service", tokens: memoryTokenStore(), fetch });
    await api.login({ username: "mia", password: "secret word" });
    await expect(api.me()).resolves.toEqual({ id: "a" });
    expect(sent.map(({ path }) => path)).toEqual(["/v1/auth/login", "/v1/me", "/v1/auth/refresh", "/v1/me"]);
  });

  test("a refused refresh ends the login: it is forgotten, and whoever listens is told", async () => {
    const tokens = memoryTokenStore("used twice");
    const { fetch } = service({ "/v1/auth/refresh": () => refused });
    const api = new ApiClient({ baseUrl: "http://service", tokens, fetch });
    let told = 0;
    api.onLoggedOut = () => (told += 1);
    await expect(api.resume()).rejects.toBeInstanceOf(LoggedOut);
    expect([tokens.load(), told, api.hasLogin]).toEqual([null, 1, false]);
  });

  test("a service that is away ends no login", async () => {
    const tokens = memoryTokenStore("kept");
    const api = new ApiClient({ baseUrl: "http://service", tokens, fetch: () => Promise.reject(new TypeError("connection refused")) });
    await expect(api.resume()).rejects.toBeInstanceOf(NetworkError);
    expect(tokens.load()).toBe("kept");
  });

  test("logging out forgets at once and revokes the family", async () => {
    const tokens = memoryTokenStore("kept");
    const { sent, fetch } = service({ "/v1/auth/logout": () => ({}) });
    const api = new ApiClient({ baseUrl: "http://service", tokens, fetch });
    await api.logout();
    expect(tokens.load()).toBeNull();
    expect(sent).toEqual([{ path: "/v1/auth/logout", authorization: null, body: { refreshToken: "kept" } }]);
  });
});

describe("api client - calls", () => {
  test("ids and queries are escaped", async () => {
    const { sent, fetch } = service({});
    const api = new ApiClient({ baseUrl: "http://service", tokens: memoryTokenStore(), fetch });
    await expect(api.album("../me?x")).rejects.toMatchObject({ status: 404, code: "NOT_FOUND" });
    await expect(api.search("å & b", { limit: 5 })).rejects.toBeInstanceOf(ApiError);
    expect(sent.map(({ path }) => path)).toEqual(["/v1/albums/..%2Fme%3Fx", "/v1/search?q=%C3%A5+%26+b&limit=5"]);
  });

  test("an aborted call rejects with the abort, not as a network error", async () => {
    const { fetch } = service({});
    const api = new ApiClient({ baseUrl: "http://service", tokens: memoryTokenStore(), fetch });
    await expect(api.search("x", { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: "AbortError" });
  });

  test("errors keep code, details and Retry-After; a proxy's page becomes an error of its status", () => {
    const headers = new Headers({ "retry-after": "7" });
    expect(apiError({ status: 503, headers }, JSON.stringify({ error: { code: "OVERLOADED", message: "Busy.", retryable: true, details: { x: 1 } } }))).toMatchObject({ status: 503, code: "OVERLOADED", retryable: true, retryAfterMs: 7_000, details: { x: 1 } });
    expect(apiError({ status: 502, headers: new Headers() }, "<html>Bad gateway</html>")).toMatchObject({ status: 502, code: "HTTP_502", retryable: true, retryAfterMs: null });
  });

  test("Retry-After is seconds or a date", () => {
    expect(parseRetryAfter("3")).toBe(3_000);
    expect(parseRetryAfter("Thu, 01 Jan 1970 00:01:00 GMT", 50_000)).toBe(10_000);
    expect(parseRetryAfter("soon")).toBeNull();
  });
});
