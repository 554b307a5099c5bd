import { describe, expect, test } from "@jest/globals";
import { freshFolder, openTestPorts, startRedis } from "../../test/kit/index.ts";
import { firstWaitMs, freeAttempts, LoginThrottle, longestWaitMs, waitAfter } from "./throttle.ts";

const throttled = { code: 429, type: "RATE_LIMITED", retryable: true };

describe("login throttle", () => {
  test("waits double up to a bound", () => {
    expect([1, freeAttempts - 1, freeAttempts, freeAttempts + 1, freeAttempts + 2].map(waitAfter)).toEqual([0, 0, firstWaitMs, 2 * firstWaitMs, 4 * firstWaitMs]);
    expect(waitAfter(1e9)).toBe(longestWaitMs);
  });

  test("attempts sent at once count like attempts sent one by one; other names are free", async () => {
    const ports = await openTestPorts();
    try {
      let now = 1_000_000;
      const throttle = new LoginThrottle(ports.cache, () => now);
      const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => throttle.charge("eve")));
      expect(outcomes.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(freeAttempts);
      await expect(throttle.charge("eve")).rejects.toMatchObject({ ...throttled, data: { retryAfterMs: firstWaitMs } });
      await throttle.charge("bob");
      now += firstWaitMs;
      await throttle.charge("eve");
      await expect(throttle.charge("eve")).rejects.toMatchObject({ data: { retryAfterMs: 2 * firstWaitMs } });
      await throttle.forgive("eve");
      await throttle.charge("eve");
    } finally {
      await ports.close();
    }
  });

  test("while the cache is away this node counts for itself, and forgives", async () => {
    const redis = await startRedis(await freshFolder("redis"));
    const ports = await openTestPorts({ REDIS_URL: redis.url });
    try {
      const throttle = new LoginThrottle(ports.cache, () => 1_000_000);
      await throttle.charge("eve");
      await redis.stop();
      for (let tries = 0; tries < freeAttempts; tries++) await throttle.charge("eve");
      await expect(throttle.charge("eve")).rejects.toMatchObject(throttled);
      await throttle.forgive("eve");
      await throttle.charge("eve");
    } finally {
      await ports.close();
      await redis.stop();
    }
  });
});
