/**
 * A connection to Redis, through `ioredis`.
 *
 * Commands of one turn of the event loop travel as one pipeline (a third more throughput). A command waits for no
 * reconnection and no longer than `commandMs`: while Redis is away every call throws StorageUnavailable at once. A Redis
 * that hangs is away as well: the first command that waits in vain drops the connection, and until a new one has answered,
 * nobody waits.
 */
import { types } from "node:util";
import { Redis } from "ioredis";
import { StorageUnavailable } from "../errors.ts";

const scanCount = 1_000;

export class RedisConnection {
  readonly redis: Redis;
  /** What this is to its callers, as errors say it. */
  readonly #what: string;

  private constructor(redis: Redis, what: string) {
    this.redis = redis;
    this.#what = what;
  }

  /** Connects and proves that Redis answers. Throws StorageUnavailable. */
  static async open(url: string, what: string, commandMs: number): Promise<RedisConnection> {
    const redis = new Redis(url, {
      lazyConnect: true,
      enableAutoPipelining: true,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: commandMs,
      connectTimeout: 3_000,
      retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000),
      // How long an orderly goodbye may hold this process up.
      disconnectTimeout: 100,
      connectionName: "ensemble",
    });
    // Each failed command throws to its caller, and ioredis reconnects by itself; without a listener it prints.
    let reason: unknown;
    redis.on("error", (error: Error) => (reason = error));
    const connection = new RedisConnection(redis, what);
    try {
      await redis.connect();
      await connection.ping();
    } catch (error) {
      redis.disconnect();
      throw connection.#translate(reason ?? error);
    }
    return connection;
  }

  async answered<T>(command: Promise<T>): Promise<T> {
    try {
      return await command;
    } catch (error) {
      if (types.isNativeError(error) && error.message === "Command timed out" && this.redis.status === "ready") this.redis.disconnect(true);
      throw this.#translate(error);
    }
  }

  async ping(): Promise<void> {
    await this.answered(this.redis.ping());
  }

  /** Forgets every key that begins so. SCAN, not KEYS: a big store goes on answering others meanwhile. */
  async forget(prefix: string): Promise<void> {
    let cursor = "0";
    do {
      const [next, names] = await this.answered(this.redis.scan(cursor, "MATCH", `${prefix}*`, "COUNT", scanCount));
      cursor = next;
      if (names.length > 0) await this.answered(this.redis.unlink(names));
    } while (cursor !== "0");
  }

  async close(): Promise<void> {
    // Commands in progress may finish; a Redis that is away does not keep us.
    await this.redis.quit().catch(() => this.redis.disconnect());
  }

  #translate(error: unknown): unknown {
    return types.isNativeError(error) && !(error instanceof StorageUnavailable) ? new StorageUnavailable(`the ${this.#what} gave no answer: ${error.message}`, { cause: error }) : error;
  }
}
