/**
 * What the ActorStore on PostgreSQL promises beyond the contract, with hands on the server: who waits for whom, what a
 * statement does that was overtaken, and that nothing waits for long.
 */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Fenced, StorageUnavailable, type ActorStore, type Database, type Queryable } from "../../storage/index.ts";
import { databaseConnections } from "../../storage/limits.ts";
import { openDatabase, postgresActorStore } from "../../storage/postgres/index.ts";
import { freshDatabase, until } from "../kit/index.ts";
import { expired, fresh, isFenced, node } from "./actor-store.contract.ts";

const longMs = 60_000;

describe("actor store - on PostgreSQL", () => {
  let url: string;
  let database: Database;
  let pool: Database;
  let store: ActorStore & { close(): Promise<void> };
  let other: ActorStore & { close(): Promise<void> };

  beforeAll(async () => {
    url = await freshDatabase();
    [database, pool] = await Promise.all([openDatabase(url, "test"), openDatabase(url, "contract")]);
    store = postgresActorStore(url, "first", pool);
    other = postgresActorStore(url, "second", pool);
  });

  afterAll(async () => {
    await Promise.all([store?.close(), other?.close()]);
    await Promise.all([database?.close(), pool?.close()]);
  });

  /** Resolves when `count` statements of ours wait for a lock. */
  const waiting = (count: number) => until(async () => (await database.query("select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()")).length === count);
  const sqlInsert = "insert into journal (actor, seq, op_id, epoch, body) values ($1, $2, $3, 1, '{}')";

  /** An append that has its locks and cannot finish, while `body` runs; then it is let go. */
  async function inProgress(work: (append: Promise<void>, actor: string) => Promise<void>, leaseMs = longMs) {
    const writer = await node(store, { leaseMs });
    const actor = `${writer.type}/a`;
    let append: Promise<void> = Promise.resolve();
    await expect(
      database.transaction(async (transaction) => {
        // Whoever inserts the same key must wait for what becomes of this one.
        await transaction.query(sqlInsert, [actor, 1, "in the way"]);
        append = writer.append(writer.event(actor, 1));
        append.catch(() => {});
        await waiting(1);
        await work(append, writer.type);
        throw new Error("out of the way");
      }),
    ).rejects.toThrow("out of the way");
    return { append, actor, writer };
  }

  for (const what of ["claim", "release", "join", "leave"] as const) {
    test(`${what} - waits for an append in progress, and a renewal does not`, async () => {
      const order: string[] = [];
      let change: Promise<unknown> = Promise.resolve();
      const heir = await other.join(fresh("node-"), [], longMs);
      const { append, actor } = await inProgress(async (appending, type) => {
        const [lease] = (await other.view()).members.filter(({ types }) => types.includes(type));
        if (lease === undefined) throw new Error("the writer is not a member");
        const view = await store.renew(lease, { leaseMs: what === "claim" ? 1 : longMs, leaving: false });
        expect(view.members).toContainEqual({ ...lease, live: expect.any(Boolean) });
        if (what === "claim") await expired(other, lease);
        const changes = {
          claim: () => other.claim(heir, [`${type}/0`]),
          release: () => store.release(lease, [`${type}/0`]),
          join: () => other.join(lease.node, [], longMs),
          leave: () => store.leave(lease),
        };
        void appending.then(() => order.push("append"), () => order.push("refused"));
        change = changes[what]().then(() => order.push(what));
        await waiting(2);
      });
      await Promise.all([append, change]);
      expect(order).toEqual(["append", what]);
      expect(await store.read(actor, 1, 10)).toHaveLength(1);
    });
  }

  const ends: Record<string, string> = {
    "its life was ended": "delete from node where incarnation = $1",
    "its node began another life": "update node set incarnation = nextval('node_incarnation') where incarnation = $1",
    "its shard was given up": "update shard set owner = null, life = null, epoch = epoch + 1 where life = $1",
  };
  for (const [what, sql] of Object.entries(ends)) {
    for (const isReminding of [false, true]) {
      test(`append${isReminding ? " of a reminder" : ""} - that had begun when ${what} is refused, although what it saw first was true`, async () => {
        const writer = await node(store);
        const event = writer.event(`${writer.type}/a`, 1);
        const reminders = isReminding ? [{ ...event, name: "x", to: { dueAt: 1, failures: 0, nextAt: 1 } }] : [];
        let append: Promise<unknown> = Promise.resolve();
        await database.transaction(async (transaction) => {
          await transaction.query(sql, [writer.lease.incarnation]);
          append = isFenced(store.append(writer.lease, [event], reminders));
          await waiting(1);
        });
        await append;
        expect(await store.load(event.actor)).toEqual({ snapshot: undefined, events: [], reminders: [] });
      });
    }
  }

  test("claim - that was overtaken by another does not take from the living", async () => {
    const dead = await node(store, { leaseMs: 5 });
    const [shard] = [...dead.owned.keys()] as [string];
    const heirs = await Promise.all([store.join(fresh("node-"), [], longMs), other.join(fresh("node-"), [], longMs)]);
    await expired(store, dead.lease);
    let late: Promise<unknown> = Promise.resolve();
    await database.transaction(async (transaction) => {
      // As the first heir's claim, stopped before its commit: the second has seen the shard free.
      await transaction.query("delete from node where incarnation = $1", [dead.lease.incarnation]);
      await transaction.query("update shard set owner = $1, life = $2, epoch = epoch + 1 where id = $3", [heirs[0].node, heirs[0].incarnation, shard]);
      late = other.claim(heirs[1], [shard]);
      await waiting(1);
    });
    expect(await late).toEqual([{ shard, owner: heirs[0].node, epoch: 2 }]);
  });

  test("claim - that waited for a renewal finds the owner alive", async () => {
    const owner = await node(store, { leaseMs: 5 });
    const heir = await other.join(fresh("node-"), [], longMs);
    await expired(store, owner.lease);
    let claim: Promise<unknown> = Promise.resolve();
    await database.transaction(async (transaction) => {
      await transaction.query("update node set lease_until = now() + interval '1 minute' where incarnation = $1", [owner.lease.incarnation]);
      claim = other.claim(heir, [...owner.owned.keys()]);
      await waiting(1);
    });
    expect(await claim).toEqual([{ shard: `${owner.type}/0`, owner: owner.lease.node, epoch: 1 }]);
    await owner.append(owner.event(`${owner.type}/a`, 1));
  });

  test("changes - wait for a transaction that began before, and then come in one order", async () => {
    const writer = await node(store);
    const [slow, quick] = [`${writer.type}/slow`, `${writer.type}/quick`];
    const changes = async () => (await store.changes(writer.type, undefined, 10)).entries.map(({ actor }) => actor);
    await database.transaction(async (transaction) => {
      await transaction.query(sqlInsert, [slow, 1, "x"]);
      await writer.append(writer.event(quick, 1));
      expect(await changes()).toEqual([]);
    });
    // Other tests' transactions on this server count too.
    await until(async () => (await changes()).length > 0);
    expect(await changes()).toEqual([slow, quick]);
  });

  test("changes - are in the order of transactions as numbers, also where those grow by a digit", async () => {
    const type = fresh("type");
    for (const tx of [10, 9, 100, 99]) await database.query("insert into journal (actor, seq, op_id, epoch, body, tx) values ($1, 1, 'x', 1, '{}', $2::text::xid8)", [`${type}/${tx}`, String(tx)]);
    const seen: string[] = [];
    for (let cursor: string | undefined, page = 0; page < 5; page++) {
      const changes = await store.changes(type, cursor, 1);
      seen.push(...changes.entries.map(({ actor }) => actor));
      cursor = changes.cursor;
    }
    expect(seen).toEqual([9, 10, 99, 100].map((tx) => `${type}/${tx}`));
  });

  test("changes - are never skipped while transactions of all lengths come and go", async () => {
    const type = fresh("type");
    const lengths = Array.from({ length: 120 }, (_, n) => (n * 7919) % 40);
    let isWriting = true;
    let next = 0;
    const write = async (body: Queryable, name: string) => {
      for (let seq = 1; seq <= 3; seq++) await body.query(sqlInsert, [`${type}/${name}`, seq, `op-${seq}`]);
    };
    const writers = Promise.all(
      Array.from({ length: 6 }, async () => {
        for (let index = next++; index < lengths.length; index = next++) {
          const isLost = index % 9 === 0;
          const outcome = database.transaction(async (transaction) => {
            await write(transaction, isLost ? `lost ${index}` : String(index));
            await transaction.query("select pg_sleep($1::float8 / 1000)", [lengths[index] ?? 0]);
            if (isLost) throw new Error("changed my mind");
          });
          await outcome.catch(() => {});
        }
      }),
    ).finally(() => {
      isWriting = false;
    });
    const written = lengths.flatMap((_, index) => (index % 9 === 0 ? [] : [1, 2, 3].map((seq) => `${type}/${index} ${seq}`)));
    const seen: string[] = [];
    let cursor: string | undefined;
    await until(async () => {
      const stopped = !isWriting;
      const page = await store.changes(type, cursor, 4);
      seen.push(...page.entries.map(({ actor, seq }) => `${actor} ${seq}`));
      cursor = page.cursor;
      return stopped && page.entries.length === 0 && seen.length >= written.length;
    }, 30_000);
    await writers;
    expect(seen.toSorted()).toEqual(written.toSorted());
  });

  test("a busy pool - keeps neither a renewal nor an append waiting", async () => {
    const writer = await node(store);
    const busy = Array.from({ length: databaseConnections }, () => pool.query("select pg_sleep(2)"));
    const begun = performance.now();
    await store.renew(writer.lease, { leaseMs: longMs, leaving: false });
    await writer.append(writer.event(`${writer.type}/a`, 1));
    expect(performance.now() - begun).toBeLessThan(1_000);
    await Promise.all(busy);
  });

  test("a connection that breaks - leaves the outcome unknown, and the next call has a new one", async () => {
    const { append, writer } = await inProgress(async () => {
      await database.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'ensemble first journal'");
      await waiting(0);
    });
    await expect(append).rejects.toThrow(StorageUnavailable);
    await writer.append(writer.event(`${writer.type}/a`, 1));
    await database.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'ensemble first %'");
    await until(() => writer.append(writer.event(`${writer.type}/a`, 2)).then(() => true, () => false));
  });

  test("a server that waits for ever - is given up after 2 s for leases and 5 s for appends, and so are the statements", async () => {
    const { append, writer } = await inProgress(async (appending, type) => {
      const [lease] = (await store.view()).members.filter(({ types }) => types.includes(type));
      const begun = performance.now();
      if (lease !== undefined) await expect(store.leave(lease)).rejects.toThrow(StorageUnavailable);
      expect(performance.now() - begun).toBeLessThan(2_500);
      await expect(appending).rejects.toThrow(StorageUnavailable);
      expect(performance.now() - begun).toBeLessThan(5_500);
      await waiting(0);
    });
    await expect(append).rejects.toThrow(StorageUnavailable);
    await writer.append(writer.event(`${writer.type}/a`, 1));
    await store.leave(writer.lease);
  }, 15_000);

  test("a network that swallows everything - is given up just so, and used again when it is back", async () => {
    const proxy = await silentProxy(url);
    const behind = postgresActorStore(proxy.url, "behind", pool);
    try {
      const writer = await node(behind);
      const append = (seq: number) => writer.append(writer.event(`${writer.type}/a`, seq));
      await append(1);
      proxy.silence(true);
      const begun = performance.now();
      const outcomes = [behind.renew(writer.lease, { leaseMs: longMs, leaving: false }), behind.renew(writer.lease, { leaseMs: longMs, leaving: false }), append(2)];
      const took: number[] = [];
      for (const outcome of outcomes) {
        await expect(outcome).rejects.toThrow(StorageUnavailable);
        took.push(performance.now() - begun);
      }
      // The second waited for the first, and ends with it: the time is counted from the call.
      expect(took.map((ms) => Math.round(ms / 1000))).toEqual([2, 2, 5]);
      await expect(behind.renew(writer.lease, { leaseMs: longMs, leaving: false })).rejects.toThrow(StorageUnavailable);
      proxy.silence(false);
      await behind.renew(writer.lease, { leaseMs: longMs, leaving: false });
      await append(3);
    } finally {
      await behind.close();
      await proxy.close();
    }
    await expect(behind.renew({ node: "x", incarnation: 1 }, { leaseMs: longMs, leaving: false })).rejects.toThrow(StorageUnavailable);
  }, 20_000);

  test("a fence - says what was stale", async () => {
    const writer = await node(store, { shards: 3 });
    const error = await writer.append(writer.event(`${writer.type}/a`, 1, { shard: `${writer.type}/2`, epoch: 5 })).catch((refused: unknown) => refused);
    expect(error).toBeInstanceOf(Fenced);
    expect(String(error)).toBe(`Fenced: ${writer.type}/2 is not in epoch 5`);
  });
});

/** Between a client and the server of `url`; silent, it takes bytes and passes none on. */
async function silentProxy(url: string) {
  let isSilent = false;
  const sockets = new Set<Socket>();
  const target = new URL(url);
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [from, to] of [[near, far], [far, near]] as const) {
      sockets.add(from);
      from.on("data", (bytes) => {
        if (!isSilent) to.write(bytes);
      });
      from.on("error", () => {});
      from.on("close", () => {
        if (!isSilent) to.destroy();
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const through = new URL(url);
  through.port = String((server.address() as AddressInfo).port);
  return {
    url: through.toString(),
    silence(on: boolean) {
      isSilent = on;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
