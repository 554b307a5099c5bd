/**
 * The other process of `npm run bench -- actors`: a node that hosts counters, and beside them what they are held against:
 * a plain Moleculer action, and the bare pipeline (a batch of operations, one row per group commit, no rules).
 */
import { ServiceBroker, type Context } from "moleculer";
import pg from "pg";
import { actorService, command, query, shellOf } from "../../actors/runtime/index.ts";
import { counter } from "../../actors/runtime/testing/counter.ts";
import { brokerOptions } from "../../broker.config.ts";
import { loadConfig } from "../../config.ts";

const config = loadConfig();
const broker = new ServiceBroker(brokerOptions(config));
const counterId = { type: "string", min: 1, max: 64 } as const;
const opId = { type: "string", min: 1, max: 64 } as const;
const amount = { type: "number", integer: true, min: 1 } as const;
broker.createService(actorService({
  name: "counter", actor: counter, key: "counterId",
  actions: {
    add: command({ access: "public", summary: "", params: { counterId, opId, amount }, returns: {} }),
    value: query({ access: "public", summary: "", params: { counterId }, returns: {} }),
  },
}));

const writer = new pg.Client({ connectionString: config.DATABASE_URL });
await writer.connect();
await writer.query("create table bare_node (id text primary key, epoch bigint not null)");
await writer.query("insert into bare_node values ('n', 1)");
await writer.query("create table bare (seq bigserial primary key, epoch bigint not null, n int not null, bytes bytea not null)");

interface Waiting {
  readonly ops: readonly unknown[];
  readonly done: (versions: number[]) => void;
}

let queue: Waiting[] = [];
let isFlushing = false;
let version = 0;

/** Whatever waits goes into one row. */
async function flush(): Promise<void> {
  isFlushing = true;
  while (queue.length > 0) {
    const batch = queue;
    queue = [];
    const ops = batch.flatMap((one) => one.ops);
    await writer.query({
      name: "bare",
      text: "insert into bare (epoch, n, bytes) select $1, $2, $3 where exists (select from bare_node where id = 'n' and epoch = $1 for share)",
      values: [1, ops.length, Buffer.from(JSON.stringify(ops))],
    });
    for (const one of batch) one.done(one.ops.map(() => ++version));
  }
  isFlushing = false;
}

broker.createService({
  name: "plain",
  actions: {
    value: { params: { $$strict: true, counterId }, handler: () => ({ value: 1, version: 1 }) },
    batch: {
      params: { $$strict: true, ops: { type: "array" } },
      handler: (ctx: Context<{ ops: readonly unknown[] }>) => new Promise<number[]>((done) => {
        queue.push({ ops: ctx.params.ops, done });
        if (!isFlushing) setImmediate(() => void (isFlushing || flush()));
      }),
    },
    counters: { handler: () => ({ ...shellOf(broker).counters, memory: process.memoryUsage() }) },
  },
});

await broker.start();
console.log("up");
process.on("SIGTERM", () => void broker.stop().then(() => writer.end()).then(() => process.exit(0)));
