/**
 * What listeners notice when a server behind the ports goes away: of the cache and of search, little; of the database,
 * that nothing new can be had. Real servers, stopped and started again under a running gateway.
 */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ingestedTrack } from "../../actors/testing/tracks.ts";
import { chunkKey } from "../../audio/index.ts";
import { admin, ask, listener, post, startGateway, type Answer, type TestGateway } from "../../gateway/testing/gateway.ts";
import { migrate } from "../../storage/index.ts";
import { startMeilisearchDouble, type MeilisearchDouble } from "../contract/meilisearch-double.ts";
import { freshFolder, startPostgres, startRedis, until, type PostgresServer, type RedisServer } from "../kit/index.ts";

const password = "correct horse battery";
const [warm, cold, later] = ["Warm", "Cold", "Later"].map((title) => ingestedTrack(title)) as [Track, Track, Track];
type Track = ReturnType<typeof ingestedTrack>;

let folder: string;
let postgres: PostgresServer;
let redis: RedisServer;
let meili: MeilisearchDouble;
let gateway: TestGateway;
let api: string;
let headers: Record<string, string>;

beforeAll(async () => {
  folder = await freshFolder("outage");
  [postgres, redis, meili] = await Promise.all([startPostgres(folder), startRedis(folder), startMeilisearchDouble("key")]);
  await migrate(postgres.url, "up");
  gateway = await startGateway(["catalog", "playlist", "search", "rights", "streaming", "account"], { config: { DATABASE_URL: postgres.url, REDIS_URL: redis.url, MEILI_URL: meili.url, MEILI_KEY: "key" } });
  api = `${gateway.url}/v1`;
  headers = await gateway.as(listener);
  for (const track of [warm, cold]) await gateway.broker.call("catalog.add", { track });
  await gateway.resources.ports.objects.put(chunkKey(warm.id, "160", 0), Buffer.from("a chunk"), "audio/ogg");
  await post(`${api}/auth/register`, { username: "ada", password, country: "SE" });
}, 60_000);

afterAll(async () => {
  await gateway?.stop();
  await Promise.all([postgres?.stop(), redis?.stop(), meili?.close()]);
});

const play = (track: Track) => post(`${api}/play`, { trackId: track.id, quality: "auto", deviceId: "outage" }, headers);
const login = () => post(`${api}/auth/login`, { username: "ada", password });
const browse = () => Promise.all([`tracks/${cold.id}`, "albums", "artists", "genres", "new-releases?limit=3"].map((path) => ask(`${api}/${path}`)));
const search = (q: string) => ask(`${api}/search?q=${q}`);
const ready = () => ask(`${gateway.opsUrl}/ready`);

async function chunk(): Promise<number> {
  const { tiers } = (await play(warm)).body as unknown as { tiers: Record<string, { url: string; query: string }> };
  const { url, query } = tiers["160"] ?? { url: "", query: "" };
  return (await fetch(`${url}/0.ogg?${query}`)).status;
}

/** The answer, and how long it took. */
async function timed<T>(work: Promise<T>): Promise<{ answer: T; ms: number }> {
  const before = performance.now();
  return { answer: await work, ms: performance.now() - before };
}

function expectRefusal({ status, headers: sent, body }: Answer): void {
  expect([status, sent.get("retry-after"), body.error?.retryable]).toEqual([503, expect.stringMatching(/^\d+$/), true]);
}

describe("without the cache", () => {
  test("everything goes on while Redis is stopped, at once", async () => {
    await redis.stop();
    for (const work of [() => play(warm), () => play(cold), login, () => search("warm")]) {
      const { answer, ms } = await timed(work());
      expect([answer.status, ms < 1_000]).toEqual([200, true]);
    }
    expect((await browse()).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(await chunk()).toBe(200);
    const { refreshToken } = (await login()).body;
    expect((await post(`${api}/auth/refresh`, { refreshToken })).status).toBe(200);
    expect((await ready()).status).toBe(200);
  });

  test("what was changed meanwhile shows, and Redis is used again when it is back", async () => {
    await gateway.broker.call("catalog.add", { track: { ...cold, title: "Cold again" } });
    expect((await ask(`${api}/tracks/${cold.id}`)).body["title"]).toBe("Cold again");
    redis = await startRedis(folder, redis.port);
    await until(async () => (await gateway.resources.ports.cache.ping().then(() => true, () => false)), 10_000);
    expect((await ask(`${api}/tracks/${cold.id}`)).body["title"]).toBe("Cold again");
  });

  test("a Redis that hangs slows nobody down for long", async () => {
    process.kill(redis.pid, "SIGSTOP");
    try {
      // Two connections, of the rates and of the cache, each have to notice its silence once.
      const [first, pages] = await Promise.all([play(warm), browse()]);
      expect([first, ...pages].map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
      const next = await timed(Promise.all([play(warm), play(cold), ask(`${api}/albums?limit=7`), login()]));
      expect(next.answer.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
      expect(next.ms).toBeLessThan(800);
    } finally {
      process.kill(redis.pid, "SIGCONT");
    }
  });
});

describe("without the search engine", () => {
  test("search says so; plays, browsing and additions go on, and what was added is found later", async () => {
    await meili.close();
    expectRefusal(await search("warm"));
    expect((await play(warm)).status).toBe(200);
    expect((await browse()).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect(await gateway.broker.call("catalog.add", { track: later })).toMatchObject({ created: true });
    await until(async () => ((await ready()).body as unknown as { checks: Record<string, { ok: boolean }> }).checks["search"]?.ok === false, 3_000);
    expect((await ready()).status).toBe(200);
  });
});

describe("without the database", () => {
  test("plays of what is warm go on; all else is refused at once, with when to try again", async () => {
    expect((await play(warm)).status).toBe(200);
    await postgres.stop();
    expect((await play(warm)).status).toBe(200);
    expect(await chunk()).toBe(200);
    const rights = ask(`${api}/admin/tracks/${warm.id}/rights`, { method: "PUT", headers: { ...(await gateway.as(admin)), "content-type": "application/json" }, body: "{}" });
    for (const work of [rights, login(), play(later), post(`${api}/auth/register`, { username: "bob", password, country: "SE" }), ask(`${api}/me`, { headers })]) {
      const { answer, ms } = await timed(work);
      expectRefusal(answer);
      expect(ms).toBeLessThan(1_000);
    }
    await until(async () => (await ready()).status === 503, 3_000);
  });

  test("within ten seconds of its return everything works again", async () => {
    postgres = await startPostgres(folder, postgres.port);
    await until(async () => (await Promise.all([login(), play(later)])).every(({ status }) => status === 200), 10_000);
    await until(async () => (await ready()).status === 200, 10_000);
  });
});
