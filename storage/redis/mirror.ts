/**
 * The Mirror port on Redis: a hash per actor, compared and replaced by a script, so that whoever comes late is ignored. All of a save
 * travel as one pipeline. A connection of its own: large bodies hold the cache up no more than the server's one thread must.
 */
import type { Redis } from "ioredis";
import { checkMirrorActor, checkMirrored, dayMs } from "../event-checks.ts";
import { cacheCommandMs, mirrorDays, mirrorTombstoneMs } from "../limits.ts";
import { latest, parts } from "../mirror-parts.ts";
import type { Mirror } from "../ports.ts";
import { RedisConnection } from "./connection.ts";

/** Not one that the cache's clear() forgets. */
const prefix = "ensemble-mirror:";

/** Numbers up to 2^53 are whole in Lua too. Without a fifth argument: forgotten. */
const script = `
local kept = redis.call("HMGET", KEYS[1], "epoch", "n")
local epoch, n, keptEpoch, keptN = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(kept[1] or -1), tonumber(kept[2] or -1)
if epoch < keptEpoch or (epoch == keptEpoch and (n < keptN or (n == keptN and ARGV[4]))) then return 0 end
redis.call("HSET", KEYS[1], "epoch", ARGV[1], "n", ARGV[2])
if ARGV[4] then redis.call("HSET", KEYS[1], "body", ARGV[4]) else redis.call("HDEL", KEYS[1], "body") end
redis.call("PEXPIRE", KEYS[1], ARGV[3])
return 1`;

type Scripted = Redis & { saveMirrored(key: string, ...words: readonly (string | number)[]): Promise<number> };

/** Connects and proves that Redis answers. Throws StorageUnavailable. */
export async function openRedisMirror(url: string): Promise<Mirror & { close(): Promise<void> }> {
  const connection = await RedisConnection.open(url, "mirror", cacheCommandMs);
  connection.redis.defineCommand("saveMirrored", { numberOfKeys: 1, lua: script });
  const redis = connection.redis as Scripted;
  return {
    async save(entries) {
      checkMirrored(entries);
      for (const part of parts(latest(entries))) {
        await connection.answered(
          Promise.all(part.map(({ actor, epoch, n, body }) => (body === null ? redis.saveMirrored(prefix + actor, epoch, n, mirrorTombstoneMs) : redis.saveMirrored(prefix + actor, epoch, n, mirrorDays * dayMs, body)))),
        );
      }
    },

    async load(actor) {
      checkMirrorActor(actor);
      const [epoch, n, body] = await connection.answered(redis.hmget(prefix + actor, "epoch", "n", "body"));
      return typeof body === "string" ? { epoch: Number(epoch), n: Number(n), body } : undefined;
    },

    clear: () => connection.forget(prefix),
    close: () => connection.close(),
  };
}
