/**
 * The bare pipeline that durable edits are held against: operations of one tick in one message to another node, one row per
 * group commit with a fence, an answer. No parameters are checked, no rules, no versions per list, no operation ids.
 */
import type { Context, ServiceBroker, ServiceSchema } from "moleculer";
import { Client } from "pg";

interface Waiting {
  readonly ops: readonly unknown[];
  done(versions: number[]): void;
  failed(error: unknown): void;
}

/** The node's side: action "bare.batch". */
export async function bareService(databaseUrl: string): Promise<ServiceSchema> {
  const writer = new Client({ connectionString: databaseUrl });
  await writer.connect();
  await writer.query("create table bare_node (id text primary key, epoch bigint not null)");
  await writer.query("insert into bare_node values ('n', 1)");
  await writer.query("create table bare (seq bigserial primary key, epoch bigint not null, n int not null, bytes bytea not null)");
  let queue: Waiting[] = [];
  let isFlushing = false;
  let version = 0;
  const flush = async () => {
    isFlushing = true;
    while (queue.length > 0) {
      const batch = queue;
      queue = [];
      const ops = batch.flatMap((one) => one.ops);
      try {
        await writer.query({
          name: "bare",
          text: "insert into bare (epoch, n, bytes) select $1, $2, $3 where exists (select from bare_node where id = 'n' and epoch = $1 for share)",
          values: [1, ops.length, Buffer.from(JSON.stringify(ops))],
        });
        for (const one of batch) one.done(one.ops.map(() => ++version));
      } catch (error) {
        for (const one of batch) one.failed(error);
      }
    }
    isFlushing = false;
  };
  return {
    name: "bare",
    actions: {
      batch: {
        params: { $$strict: true, ops: { type: "array" } },
        handler: (ctx: Context<{ ops: readonly unknown[] }>) => new Promise<number[]>((done, failed) => {
          queue.push({ ops: ctx.params.ops, done, failed });
          if (!isFlushing) setImmediate(() => void (isFlushing || flush()));
        }),
      },
    },
    stopped: () => writer.end(),
  };
}

/** The caller's side: one message per tick. */
export class Bare {
  readonly #broker: ServiceBroker;
  #waiting: { op: unknown; resolve: (version: number) => void; reject: (error: unknown) => void }[] = [];

  constructor(broker: ServiceBroker) {
    this.#broker = broker;
  }

  edit(op: unknown): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ op, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => void this.#send());
    });
  }

  async #send(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    try {
      const versions = await this.#broker.call<number[], object>("bare.batch", { ops: batch.map(({ op }) => op) });
      for (const [at, one] of batch.entries()) one.resolve(versions[at] ?? 0);
    } catch (error) {
      for (const one of batch) one.reject(error);
    }
  }
}
