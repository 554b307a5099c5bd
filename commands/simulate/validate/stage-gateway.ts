/** A process of `npm run simulate -- validate`: the gateway of the stage: HTTP in, a call of an actor out, and it listens to what is told live, over a link of its own. */
import { createServer } from "node:http";
import { once } from "node:events";
import { performance } from "node:perf_hooks";
import type { AddressInfo } from "node:net";
import { ServiceBroker } from "moleculer";
import { connect, nkeyAuthenticator } from "nats";
import { actorMiddleware } from "../../../actors/index.ts";
import { brokerOptions } from "../../../broker.config.ts";
import { loadConfig } from "../../../config.ts";
import { burn, liveSubject, used, type StageOrder } from "./stage.ts";

const order = JSON.parse(process.argv[2] ?? "") as StageOrder;
const config = loadConfig({ ...process.env, NATS_URL: order.natsUrl });
const broker = new ServiceBroker({ ...brokerOptions(config), middlewares: [actorMiddleware()] });
await broker.start();
await broker.waitForServices(["stage", "actors"]);
const bus = await connect({ servers: order.liveUrl, authenticator: nkeyAuthenticator(new TextEncoder().encode(config.NATS_NKEY_SEED ?? "")), name: "live", reconnectTimeWait: 100, maxReconnectAttempts: -1, ignoreClusterUpdates: true });
bus.subscribe(liveSubject, { callback: () => {} });

const server = createServer((request, response) => {
  burn(order.gatewayMs);
  const end = (status: number) => {
    response.statusCode = status;
    response.end();
  };
  broker.call("stage.work", { key: (request.url ?? "/").slice(1) }).then(() => end(204), () => end(503));
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
let loop = performance.eventLoopUtilization();
process.on("message", () => {
  process.send?.([used("gateway, event loop", performance.eventLoopUtilization(loop).utilization)]);
  loop = performance.eventLoopUtilization();
});
process.on("disconnect", () => process.exit(0));
process.send?.({ port: (server.address() as AddressInfo).port });
