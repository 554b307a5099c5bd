/**
 * Configuration: one schema for everything that comes from the environment.
 *
 * `loadConfig` reads it once, reports every mistake at once, and refuses to start production with secrets that
 * were generated for a developer. What is absent here selects the embedded adapter of a port: no DATABASE_URL means
 * the embedded PostgreSQL, no REDIS_URL the in-process cache, no S3_BUCKET the files in DATA_DIR, no MEILI_URL
 * PostgreSQL search, no NATS_URL one process without transport.
 */
import { availableParallelism, hostname } from "node:os";
import { resolve } from "node:path";
import { z } from "zod";

const list = z
  .string()
  .default("")
  .transform((text) => text.split(",").map((item) => item.trim()).filter((item) => item !== ""));

const url = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    message: `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(" or ")}`,
  });

/** `kid:base64secret`, several separated by commas; the first one signs, all verify. */
const keyRing = z
  .string()
  .regex(/^[\w-]{1,16}:[A-Za-z0-9+/=_-]{43,}(,[\w-]{1,16}:[A-Za-z0-9+/=_-]{43,})*$/, {
    message: "must be kid:secret[,kid:secret...], each secret at least 32 bytes in base64",
  });

const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback);

/** Passwords that servers, images and examples come with. */
const knownToAll: ReadonlySet<string> = new Set(["postgres", "postgresql", "password", "passwd", "secret", "redis", "foobared", "minioadmin", "minio123", "masterkey", "asamplemasterkey", "admin", "root", "guest", "test", "changeme", "change-me", "ensemble"]);

function passwordOf(address: string): string {
  const { password } = new URL(address);
  try {
    return decodeURIComponent(password);
  } catch {
    return password;
  }
}

const schema = z
  .object({
    NODE_ENV: z.enum(["production", "development", "test"]).default("development").describe("production refuses default and generated secrets"),
    NODE_ID: z.string().regex(/^[\w.-]{1,64}$/).default(`${hostname()}-${process.pid}`.replace(/[^\w.-]/g, "-")).describe("name of this node in the cluster"),
    SERVICES: list.describe("services this node hosts, by name; empty = all"),
    HOST: z.string().default("0.0.0.0").describe("address the gateway listens on"),
    PORT: port(3000).describe("port of the gateway: API, page and audio"),
    OPS_HOST: z.string().default("127.0.0.1").describe("address of the operations port"),
    OPS_PORT: port(3001).describe("port of /live, /ready and /metrics; 0 = any free one"),
    PUBLIC_URL: url("http:", "https:").optional().describe("address clients use; absent = taken from each request's Host"),
    EDGE_URL: url("http:", "https:").optional().describe("address that serves /audio; absent = PUBLIC_URL"),
    TRUSTED_PROXIES: list.describe("addresses or CIDR ranges whose X-Forwarded-* headers count"),
    ALLOWED_ORIGINS: list.describe("web origins that may call the API from a browser; empty = the gateway's own"),
    DATA_DIR: z.string().default("./data").transform((path) => resolve(path)).describe("everything embedded adapters keep"),
    LOG_LEVEL: z.enum(["fatal", "error", "warn", "info", "debug", "trace"]).optional().describe("absent = info in production, warn otherwise"),
    DATABASE_URL: url("postgres:", "postgresql:").optional().describe("PostgreSQL server; absent = embedded"),
    REDIS_URL: url("redis:", "rediss:").optional().describe("Redis; absent = in process"),
    S3_BUCKET: z.string().optional().describe("bucket for audio and images; absent = files in DATA_DIR"),
    S3_ENDPOINT: url("http:", "https:").optional().describe("S3 server; absent = Amazon's of the region"),
    S3_REGION: z.string().default("us-east-1").describe("region of the bucket"),
    S3_ACCESS_KEY_ID: z.string().optional().describe("required with S3_BUCKET"),
    S3_SECRET_ACCESS_KEY: z.string().optional().describe("required with S3_BUCKET"),
    MEILI_URL: url("http:", "https:").optional().describe("Meilisearch; absent = PostgreSQL search"),
    MEILI_KEY: z.string().optional().describe("API key of Meilisearch; required in production"),
    NATS_URL: url("nats:", "tls:").optional().describe("NATS server; absent = one process"),
    NATS_NKEY_SEED: z.string().regex(/^SU[A-Z2-7]{56}$/, { message: "must be a user nkey seed (SU...)" }).optional().describe("this node's nkey; required with NATS_URL"),
    TOKEN_PRIVATE_KEY: z.string().min(40).optional().describe("Ed25519 private key that signs access tokens, base64 of PKCS#8 DER"),
    URL_SIGNING_KEYS: keyRing.optional().describe("kid:secret[,kid:secret]: HMAC keys of audio URLs, the first one signs"),
    IMPORT_WORKERS: z.coerce.number().int().min(1).max(256).default(availableParallelism()).describe("tracks encoded at a time"),
    FFMPEG_PATH: z.string().optional().describe("ffmpeg to use; absent = the machine's, else the one npm brings"),
  })
  .superRefine((env, context) => {
    const require = (name: string, message: string) => context.addIssue({ code: "custom", path: [name], message });
    if (env.NATS_URL !== undefined && env.NATS_NKEY_SEED === undefined) require("NATS_NKEY_SEED", "is required with NATS_URL");
    // Each node would answer from an embedded database of its own: calls would find tracks or not, as they happen to land.
    if (env.NATS_URL !== undefined && env.DATABASE_URL === undefined) require("DATABASE_URL", "is required with NATS_URL: all nodes share one database");
    if (env.S3_BUCKET !== undefined && (env.S3_ACCESS_KEY_ID === undefined || env.S3_SECRET_ACCESS_KEY === undefined)) {
      require("S3_ACCESS_KEY_ID", "and S3_SECRET_ACCESS_KEY are required with S3_BUCKET");
    }
    if (env.NODE_ENV !== "production" && env.NATS_URL === undefined) return;
    // Generated secrets live in one data folder: a second node, or a redeploy, would not know them.
    for (const name of ["TOKEN_PRIVATE_KEY", "URL_SIGNING_KEYS"] as const) {
      if (env[name] === undefined) require(name, "is required in production and in a cluster: no generated secret is accepted there");
    }
    if (env.NODE_ENV !== "production") return;
    for (const name of ["DATABASE_URL", "REDIS_URL"] as const) {
      const value = env[name];
      if (value === undefined) continue;
      const password = passwordOf(value);
      if (password === "") require(name, "must carry a password in production");
      else if (knownToAll.has(password.toLowerCase())) require(name, "carries a default password, which production refuses");
    }
    for (const name of ["S3_SECRET_ACCESS_KEY", "MEILI_KEY"] as const) {
      if (knownToAll.has(env[name]?.toLowerCase() ?? "")) require(name, "is a default, which production refuses");
    }
    if (env.MEILI_URL !== undefined && env.MEILI_KEY === undefined) require("MEILI_KEY", "is required with MEILI_URL in production");
  });

export type Config = Readonly<z.infer<typeof schema>>;

const secrets = new Set<string>(["S3_SECRET_ACCESS_KEY", "MEILI_KEY", "NATS_NKEY_SEED", "TOKEN_PRIVATE_KEY", "URL_SIGNING_KEYS"]);

/** Every mistake in the environment, one line each. Exit status 2 in commands. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration has ${problems.length === 1 ? "a mistake" : `${problems.length} mistakes`}:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.problems = problems;
  }
}

/** Reads the configuration from `env`. Empty variables count as absent. Throws ConfigError with all mistakes. */
export function loadConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const present = Object.fromEntries(Object.entries(env).filter(([name, value]) => name in schema.shape && value !== ""));
  const parsed = schema.safeParse(present);
  if (parsed.success) return Object.freeze(parsed.data);
  throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`));
}

/** The configuration as an operator may see it: secrets and passwords inside URLs replaced by `<redacted>`. */
export function redact(config: Config): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => {
      if (value === undefined) return [name, null];
      if (secrets.has(name)) return [name, "<redacted>"];
      if (typeof value === "string" && URL.canParse(value) && new URL(value).password !== "") {
        const shown = new URL(value);
        shown.password = "redacted";
        return [name, shown.toString()];
      }
      return [name, value];
    }),
  );
}

/** Name, default and meaning of every setting, for `npm run config -- show` and the operator guide. */
export function settings(): { name: string; meaning: string }[] {
  return Object.entries(schema.shape).map(([name, field]) => ({ name, meaning: field.description ?? "" }));
}
