/** For tests: a gateway that listens, on real services and stores, with one more service whose actions misbehave on purpose. */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { connect } from "node:net";
import type { Writable } from "node:stream";
import { SignJWT } from "jose";
import { Errors, ServiceBroker, type ServiceSchema } from "moleculer";
import type { Identity } from "../../actors/index.ts";
import { brokerOptions } from "../../broker.config.ts";
import type { Config } from "../../config.ts";
import { loadServices, type ServiceName } from "../../ensemble.ts";
import { resourcesOf, type Resources } from "../../resources.ts";
import { testConfig } from "../../test/kit/index.ts";
import type { Rates } from "../http/limits.ts";
import { httpService } from "../http/http.service.ts";
import { routes, type Route } from "../http/routes.ts";
import type { SocketLimits } from "../socket/limits.ts";

export interface TestGateway {
  readonly broker: ServiceBroker;
  readonly config: Config;
  readonly resources: Resources;
  readonly url: string;
  readonly opsUrl: string;
  readonly port: number;
  /** A valid access token; `overrides` spoil it. */
  token(identity: Identity, overrides?: TokenOverrides): Promise<string>;
  /** Headers that carry one. */
  as(identity: Identity): Promise<{ Authorization: string }>;
  stop(): Promise<void>;
}

export interface TokenOverrides {
  readonly key?: KeyObject | Uint8Array;
  readonly header?: { alg?: string; kid?: string };
  readonly claims?: Record<string, unknown>;
  readonly issuer?: string;
  readonly audience?: string;
  readonly expires?: number;
  readonly notBefore?: number;
}

export const listener: Identity = { id: "a1".repeat(16), username: "lis", plan: "free", role: "listener", country: "SE" };
export const premium: Identity = { ...listener, id: "b2".repeat(16), plan: "premium" };
export const admin: Identity = { ...premium, id: "c3".repeat(16), role: "admin" };
export const strangerKey = generateKeyPairSync("ed25519").privateKey;

/** Actions that no honest service has. */
const probe: ServiceSchema = {
  name: "probe",
  actions: {
    echo: { access: "public", params: { name: { type: "string", max: 64 }, value: { type: "any", optional: true }, $$strict: true }, handler: ({ params }: { params: Record<string, unknown> }) => ({ own: { ...params }, inheritsAdmin: params["isAdmin"] === true, prototype: Object.getPrototypeOf(params) === null }) },
    count: { access: "public", params: { limit: { type: "number", integer: true, max: 200 }, $$strict: true }, handler: ({ params }: { params: { limit: number } }) => ({ limit: params.limit }) },
    crash: { access: "public", params: { $$strict: true }, handler: () => { throw new Error("select * from account at /root/secret"); } },
    deep: { access: "public", params: { $$strict: true }, handler: () => { throw new Errors.MoleculerError("Deep.", 422, "DEEP", nested(20_000)); } },
    nonsense: { access: "public", params: { $$strict: true }, handler: () => Promise.reject("a string") },
    busy: { access: "public", params: { $$strict: true }, handler: () => { throw Object.assign(new Errors.MoleculerError("Busy.", 503, "OVERLOADED", { retryAfterMs: 2_500 }), { retryable: true }); } },
    slow: { access: "public", params: { ms: { type: "number", max: 5_000 }, $$strict: true }, handler: ({ params }: { params: { ms: number } }) => new Promise((resolve) => { setTimeout(() => resolve({ done: true }), params.ms); }) },
    late: { access: "public", timeout: 50, params: { $$strict: true }, handler: () => new Promise((resolve) => { setTimeout(resolve, 200); }) },
    undeclared: { params: {}, handler: () => ({ reached: true }) },
    inside: { access: "internal", params: {}, handler: () => ({ reached: true }) },
    admins: { access: "admin", params: {}, handler: () => ({ reached: true }) },
    who: { access: "listener", params: { $$strict: true }, handler: ({ meta }: { meta: unknown }) => ({ meta }) },
    buffer: { access: "public", params: { $$strict: true }, handler: () => ({ type: "Buffer", data: [60, 62] }) },
  },
} as unknown as ServiceSchema;

const probeRoutes: readonly Route[] = [
  { method: "POST", path: "/v1/probe/echo", action: "probe.echo", tag: "admin" },
  { method: "GET", path: "/v1/probe/echo/:name", action: "probe.echo", tag: "admin" },
  ...["count", "crash", "deep", "nonsense", "busy", "slow", "late", "undeclared", "inside", "admins", "who", "buffer", "missing"].map((name): Route => ({ method: "GET", path: `/v1/probe/${name}`, action: `probe.${name}`, tag: "admin" })),
];

function nested(depth: number): Record<string, unknown> {
  let value: Record<string, unknown> = {};
  for (let level = 0; level < depth; level++) value = { a: value };
  return value;
}

/** Starts a gateway with `services`, and `extra` ones, beside the probe. Stop it when done. */
export async function startGateway(services: readonly ServiceName[], options: { rates?: Partial<Rates>; config?: Partial<Config>; log?: Writable; sockets?: Partial<SocketLimits>; extra?: readonly ServiceSchema[] } = {}): Promise<TestGateway> {
  const config = await testConfig(options.config);
  const brokerSettings = brokerOptions(config);
  // Where the log goes is no setting of the service: it writes to its standard output.
  if (options.log !== undefined) Object.assign((brokerSettings.logger as unknown as { options: { pino: object } }).options.pino, { destination: options.log });
  const broker = new ServiceBroker(brokerSettings);
  for (const service of await loadServices(services)) broker.createService(service);
  for (const service of [probe, ...(options.extra ?? [])]) broker.createService(service);
  broker.createService(httpService({ ...(options.rates === undefined ? {} : { rates: options.rates }), ...(options.sockets === undefined ? {} : { sockets: options.sockets }), routes: [...routes, ...probeRoutes] }));
  await broker.start();
  const { url, opsUrl } = await broker.call<{ url: string; opsUrl: string }>("gateway.address");
  const resources = resourcesOf(broker);
  const token = (identity: Identity, overrides?: TokenOverrides) => sign(resources.keys.tokens.privateKey, identity, overrides);
  return {
    broker,
    config,
    resources,
    url,
    opsUrl,
    port: Number(new URL(url).port),
    token,
    as: async (identity) => ({ Authorization: `Bearer ${await token(identity)}` }),
    stop: () => broker.stop(),
  };
}

function sign(key: KeyObject, { id, ...claims }: Identity, overrides: TokenOverrides = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  const jwt = new SignJWT({ ...claims, ...overrides.claims })
    .setProtectedHeader({ alg: "EdDSA", kid: "t1", ...overrides.header })
    .setIssuer(overrides.issuer ?? "ensemble")
    .setAudience(overrides.audience ?? "ensemble")
    .setSubject(id)
    .setExpirationTime(overrides.expires ?? now + 900);
  if (overrides.notBefore !== undefined) jwt.setNotBefore(overrides.notBefore);
  return jwt.sign(overrides.key ?? key);
}

/** Writes bytes to the port as they are and answers everything that comes back until the other side closes. */
export function raw(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    let answer = "";
    socket.setEncoding("latin1");
    socket.on("data", (part: string) => {
      answer += part;
    });
    socket.on("error", (error: NodeJS.ErrnoException) => (answer === "" && error.code !== "ECONNRESET" ? reject(error) : resolve(answer)));
    socket.on("close", () => resolve(answer));
  });
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown> & { error?: { code: string; message: string; retryable: boolean; details?: Record<string, unknown> } };
}

/** fetch, read as JSON. */
export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: (text === "" ? {} : JSON.parse(text)) as Answer["body"] };
}

/** POST of JSON. */
export function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return ask(url, { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: typeof body === "string" ? body : JSON.stringify(body) });
}
