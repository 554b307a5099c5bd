import { describe, expect, test } from "@jest/globals";
import { ConfigError, loadConfig, redact, settings } from "./config.ts";

const tokenKey = "MC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const urlKeys = `k1:${Buffer.alloc(32, 1).toString("base64")}`;
const seed = `SU${"A".repeat(56)}`;

const namesOf = (env: Record<string, string>): string[] => problemsOf(env).map((problem) => problem.split(" ")[0] ?? "").toSorted((a, b) => a.localeCompare(b));

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const urls = (password: string) => ({ DATABASE_URL: `postgres://ensemble:${password}@db/ensemble`, REDIS_URL: `redis://:${password}@cache` });

describe("configuration", () => {
  test("an empty environment is one embedded process on port 3000", () => {
    const config = loadConfig({});
    expect(config).toMatchObject({ PORT: 3000, NODE_ENV: "development", SERVICES: [] });
    expect(config.DATABASE_URL ?? config.REDIS_URL ?? config.NATS_URL ?? config.S3_BUCKET ?? config.MEILI_URL).toBeUndefined();
  });

  test("an empty variable counts as absent", () => {
    expect(loadConfig({ REDIS_URL: "", PORT: "" })).toMatchObject({ PORT: 3000 });
  });

  test("every mistake is reported at once", () => {
    const problems = namesOf({ PORT: "99999", DATABASE_URL: "mysql://x", LOG_LEVEL: "loud", URL_SIGNING_KEYS: "k1:short" });
    expect(problems).toEqual(["DATABASE_URL", "LOG_LEVEL", "PORT", "URL_SIGNING_KEYS"]);
  });

  test("lists are split and trimmed", () => {
    expect(loadConfig({ SERVICES: " catalog, search ,," }).SERVICES).toEqual(["catalog", "search"]);
  });

  test("production refuses to run on generated secrets", () => {
    expect(namesOf({ NODE_ENV: "production" })).toEqual(["TOKEN_PRIVATE_KEY", "URL_SIGNING_KEYS"]);
    expect(problemsOf({ NODE_ENV: "production", TOKEN_PRIVATE_KEY: tokenKey, URL_SIGNING_KEYS: urlKeys })).toEqual([]);
  });

  test("a cluster node needs its nkey, the shared database and the shared secrets, also in development", () => {
    expect(namesOf({ NATS_URL: "nats://127.0.0.1:4222" })).toEqual(["DATABASE_URL", "NATS_NKEY_SEED", "TOKEN_PRIVATE_KEY", "URL_SIGNING_KEYS"]);
    expect(problemsOf({ NATS_URL: "nats://127.0.0.1:4222", NATS_NKEY_SEED: seed, DATABASE_URL: "postgres://ensemble:x@db/ensemble", TOKEN_PRIVATE_KEY: tokenKey, URL_SIGNING_KEYS: urlKeys })).toEqual([]);
  });

  test("production refuses servers without a password", () => {
    const env = { NODE_ENV: "production", TOKEN_PRIVATE_KEY: tokenKey, URL_SIGNING_KEYS: urlKeys };
    expect(namesOf({ ...env, DATABASE_URL: "postgres://ensemble@db/ensemble", REDIS_URL: "redis://cache", MEILI_URL: "http://search" })).toEqual(["DATABASE_URL", "MEILI_KEY", "REDIS_URL"]);
  });

  test("production refuses the passwords that servers come with", () => {
    const env = { NODE_ENV: "production", TOKEN_PRIVATE_KEY: tokenKey, URL_SIGNING_KEYS: urlKeys, S3_BUCKET: "music", S3_ACCESS_KEY_ID: "id", MEILI_URL: "http://search" };
    expect(namesOf({ ...env, ...urls("%70ostgres"), S3_SECRET_ACCESS_KEY: "minioadmin", MEILI_KEY: "masterKey" })).toEqual(["DATABASE_URL", "MEILI_KEY", "REDIS_URL", "S3_SECRET_ACCESS_KEY"]);
    expect(problemsOf({ ...env, ...urls("k3Zw0-9xQ"), S3_SECRET_ACCESS_KEY: "k3Zw0-9xQ", MEILI_KEY: "k3Zw0-9xQ" })).toEqual([]);
    expect(problemsOf({ ...env, ...urls("postgres"), S3_SECRET_ACCESS_KEY: "test", MEILI_KEY: "masterKey", NODE_ENV: "development" })).toEqual([]);
  });

  test("what is shown holds no secret", () => {
    const canary = "cAnArY0123456789";
    const shown = JSON.stringify(redact(loadConfig({
      DATABASE_URL: `postgres://user:${canary}@db/ensemble`, REDIS_URL: `redis://:${canary}@cache`, S3_BUCKET: "music", S3_ACCESS_KEY_ID: "id", S3_SECRET_ACCESS_KEY: canary,
      MEILI_URL: "http://search", MEILI_KEY: canary, TOKEN_PRIVATE_KEY: tokenKey, URL_SIGNING_KEYS: `k1:${canary.repeat(3)}`,
    })));
    expect(shown).not.toContain(canary);
    expect(shown).not.toContain(tokenKey);
    expect(shown).toContain("db/ensemble");
  });

  test("every setting has a meaning", () => {
    expect(settings().find(({ name }) => name === "DATABASE_URL")?.meaning).toContain("embedded");
    expect(settings().filter(({ meaning }) => meaning === "")).toEqual([]);
  });
});
