/**
 * A process of `npm run simulate -- validate`: a node of the stage on which bottlenecks are planted. A call asks Redis, holds a connection
 * of the pool of PostgreSQL, has its actor's turn, and is told to all who listen. Asked, it says what was used of each.
 */
import { performance } from "node:perf_hooks";
import { Redis } from "ioredis";
import { ServiceBroker } from "moleculer";
import { connect, nkeyAuthenticator } from "nats";
import { Pool } from "pg";
import { actorService, query, type ActorType } from "../../../actors/runtime/index.ts";
import { brokerOptions } from "../../../broker.config.ts";
import { loadConfig } from "../../../config.ts";
import { burn, liveSubject, used, type StageOrder } from "./stage.ts";
import { before } from "./worker.ts";

const order = JSON.parse(process.argv[2] ?? "") as StageOrder;
const config = loadConfig({ ...process.env, NATS_URL: order.natsUrl });
const name = config.NODE_ID;
const broker = new ServiceBroker(brokerOptions(config));
const redis = new Redis(order.redisUrl);
const pool = new Pool({ connectionString: config.DATABASE_URL, max: order.pgPool });
const bus = await connect({ servers: order.natsUrl, authenticator: nkeyAuthenticator(new TextEncoder().encode(config.NATS_NKEY_SEED ?? "")) });
const payload = new Uint8Array(order.payloadBytes);

/** Of this second: what each actor's turns took, ms. */
const turnsMs = new Map<string, number>();
let asked = 0;
const actor: ActorType<object, never> = {
  type: "stage", eventVersion: 1, stateVersion: 1,
  empty: () => ({}), apply: () => {}, pack: () => 0, unpack: () => ({}), commands: {},
  queries: {
    work: (_state, _params, { key }) => {
      turnsMs.set(key, (turnsMs.get(key) ?? 0) + burn(order.turnMs));
      return 1;
    },
  },
};
const schema = actorService({ name: "stage", actor, key: "key", actions: { work: query({ access: "public", summary: "", params: { key: { type: "string", max: 64 } }, returns: {} }) } });
before(schema, "work", async () => {
  asked += 1;
  try {
    await redis.get("track");
  } finally {
    asked -= 1;
  }
  await pool.query("select pg_sleep($1)", [order.pgMs / 1_000]);
  bus.publish(liveSubject, payload);
});
broker.createService(schema);
await broker.start();

let samples: { readonly redis: number; readonly busy: number; readonly waiting: number }[] = [];
setInterval(() => samples.push({ redis: asked, busy: pool.totalCount - pool.idleCount, waiting: pool.waitingCount }), 5);
let [loop, since] = [performance.eventLoopUtilization(), performance.now()];
const mean = (of: (sample: (typeof samples)[number]) => number): number => samples.reduce((sum, sample) => sum + of(sample), 0) / Math.max(1, samples.length);

process.on("message", () => {
  const now = performance.now();
  const [hottest = "", hottestMs = 0] = [...turnsMs].toSorted(([, one], [, other]) => other - one)[0] ?? [];
  const loopName = `${name}, event loop`;
  process.send?.([
    used(loopName, performance.eventLoopUtilization(loop).utilization),
    used(`actor ${hottest}`, hottestMs / (now - since), 0, loopName),
    // One thread serves all: it is busy while any command is under way.
    used(`Redis as ${name} sees it`, mean(({ redis: count }) => Math.min(1, count)), mean(({ redis: count }) => Math.max(0, count - 1))),
    used(`${name}, pool of PostgreSQL`, mean(({ busy }) => busy) / order.pgPool, mean(({ waiting }) => waiting)),
  ]);
  [loop, since, samples] = [performance.eventLoopUtilization(), now, []];
  turnsMs.clear();
});
process.on("disconnect", () => process.exit(0));
process.send?.("up");
