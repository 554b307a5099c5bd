/** The gateway on a node of its own: actions answer over NATS, and so do their errors. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ServiceBroker } from "moleculer";
import { brokerOptions } from "../../broker.config.ts";
import { loadServices } from "../../ensemble.ts";
import { natsSettings, testConfig } from "../../test/kit/index.ts";
import { ask, listener, post, startGateway, type TestGateway } from "../testing/gateway.ts";

let gateway: TestGateway;
let actors: ServiceBroker;
const services = ["catalog", "playlist", "search", "rights", "streaming", "account"] as const;

beforeAll(async () => {
  gateway = await startGateway([], { config: natsSettings() });
  // The same keys, database and objects, on another node.
  const { DATA_DIR, DATABASE_URL } = gateway.config;
  actors = new ServiceBroker(brokerOptions(await testConfig({ ...natsSettings(), DATA_DIR, DATABASE_URL })));
  for (const service of await loadServices(services)) actors.createService(service);
  await actors.start();
  await gateway.broker.waitForServices([...services], 10_000);
}, 30_000);

afterAll(async () => {
  await gateway.stop();
  await actors.stop();
});

describe("actions on another node", () => {
  test("answer as they do here, with status, code and words of their errors", async () => {
    const at = `${gateway.url}/v1`;
    expect((await ask(`${at}/genres`)).status).toBe(200);
    const missing = await ask(`${at}/tracks/none`);
    expect([missing.status, missing.body.error]).toEqual([404, { code: "NOT_FOUND", message: "There is no track with this id.", retryable: false, details: { what: "track", id: "none" } }]);
    const invalid = await ask(`${at}/albums?limit=999`);
    expect([invalid.status, invalid.body.error?.details]).toEqual([422, { fields: [{ field: "limit", rule: "numberMax", reason: "is too large", expected: 200 }] }]);
    const registered = await post(`${at}/auth/register`, { username: "far", password: "far-away-password", country: "SE" });
    expect(registered.status).toBe(201);
    const me = await ask(`${at}/me`, { headers: { Authorization: `Bearer ${String(registered.body["accessToken"])}` } });
    expect([me.status, me.body["username"]]).toEqual([200, "far"]);
    expect((await post(`${at}/auth/login`, { username: "far", password: "wrong-password" })).status).toBe(401);
    expect((await post(`${at}/play`, { trackId: "none", quality: "auto", deviceId: "d" }, await gateway.as(listener))).status).toBe(404);
  });

  test("that have gone make the gateway unready and answer 503 with Retry-After", async () => {
    expect((await ask(`${gateway.opsUrl}/ready`)).status).toBe(200);
    await actors.stop();
    const answer = await ask(`${gateway.url}/v1/genres`);
    expect([answer.status, answer.headers.get("retry-after"), answer.body.error?.retryable]).toEqual([503, "1", true]);
    // Readiness is asked for at most once a second.
    let status = 200;
    for (const until = Date.now() + 3_000; status === 200 && Date.now() < until; ) ({ status } = await ask(`${gateway.opsUrl}/ready`));
    expect(status).toBe(503);
  });
});
