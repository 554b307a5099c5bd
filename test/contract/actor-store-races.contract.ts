/** What every ActorStore promises when several nodes are at it at once, on connections of their own. */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Fenced, type ActorStore, type Lease, type ShardOwner } from "../../storage/index.ts";
import { until } from "../kit/index.ts";
import { expired, fresh, isFenced, node, type ActorStoreUnderTest, type Node } from "./actor-store.contract.ts";

const longMs = 60_000;

/** Appends to three actors, two appends under way at a time, until one is refused. */
function writing({ store, lease, type, event }: Node) {
  const actors = ["a", "b", "c"].map((key) => `${type}/${key}`);
  const acknowledged: string[] = [];
  const refusals: unknown[] = [];
  let seq = 0;
  const append = async () => {
    seq += 1;
    const events = actors.map((actor) => event(actor, seq));
    await store.append(lease, events).then(
      () => acknowledged.push(...events.map(({ opId }) => opId)),
      (error: unknown) => refusals.push(error),
    );
  };
  const writer = (async () => {
    for (let last = append(); refusals.length === 0; ) {
      const next = append();
      // Where nothing takes any time, others have their turn too.
      await Promise.all([last, pause(1)]);
      last = next;
    }
  })();
  return {
    actors,
    count: () => seq,
    /** When all is answered: the operations that were acknowledged. */
    async end() {
      await writer;
      for (const refusal of refusals) expect(refusal).toBeInstanceOf(Fenced);
      return acknowledged;
    },
  };
}

export function actorStoreRaces(name: string, start: () => Promise<ActorStoreUnderTest>): void {
  describe(`actor store, at once - ${name}`, () => {
    let under: ActorStoreUnderTest;
    let stores: ActorStore[];

    beforeAll(async () => {
      under = await start();
      stores = await Promise.all(Array.from({ length: 5 }, () => under.open()));
    });

    afterAll(() => under?.close());

    const first = () => stores[0] as ActorStore;
    const second = () => stores[1] as ActorStore;

    /** Every store claims all of `shards` as a node of its own, each in an order of its own. */
    async function claimAtOnce(shards: readonly string[]): Promise<{ leases: Lease[]; answers: ShardOwner[][] }> {
      const leases = await Promise.all(stores.map((store) => store.join(fresh("node-"), [], longMs)));
      const answers = await Promise.all(stores.map((store, index) => store.claim(leases[index] as Lease, index % 2 === 0 ? shards : shards.toReversed())));
      return { leases, answers };
    }

    test("claim - of the same shards by several nodes: each shard is taken by one, and all are told the same", async () => {
      for (let round = 0; round < 5; round++) {
        const type = fresh("type");
        const shards = Array.from({ length: 40 }, (_, n) => `${type}/${n}`);
        const { answers } = await claimAtOnce(shards);
        const owners = new Map((await first().view()).shards.map((owner) => [owner.shard, owner]));
        for (const shard of shards) expect(owners.get(shard)).toEqual({ shard, owner: expect.any(String), epoch: 1 });
        for (const answer of answers) for (const told of answer) expect(told).toEqual(owners.get(told.shard));
      }
    });

    test("claim - of a dead node's shards by several nodes: each is taken once", async () => {
      for (let round = 0; round < 5; round++) {
        const dead = await node(first(), { leaseMs: 5, shards: 20 });
        await expired(first(), dead.lease);
        const { leases, answers } = await claimAtOnce([...dead.owned.keys()]);
        for (const [index, answer] of answers.entries()) {
          const lease = leases[index];
          for (const { shard, owner, epoch } of answer) {
            expect([shard, epoch]).toEqual([shard, 2]);
            if (owner === lease?.node) await stores[index]?.append(lease, [{ ...dead.event(`${dead.type}/of ${shard}`, 1), shard, epoch }]);
          }
        }
        for (const shard of dead.owned.keys()) expect(await first().read(`${dead.type}/of ${shard}`, 1, 10)).toHaveLength(1);
      }
    });

    test("claim - by nodes that take each other for dead: each owns what it is told, or is dead", async () => {
      for (let round = 0; round < 5; round++) {
        const pair = await Promise.all([node(first(), { leaseMs: 5 }), node(second(), { leaseMs: 5 })]);
        await Promise.all(pair.map(({ lease }) => expired(first(), lease)));
        const outcomes = await Promise.allSettled(pair.map(({ store, lease }, index) => store.claim(lease, [...(pair[1 - index] as Node).owned.keys()])));
        const { members, shards } = await first().view();
        for (const [index, outcome] of outcomes.entries()) {
          const lives = members.some(({ incarnation }) => incarnation === pair[index]?.lease.incarnation);
          if (outcome.status === "rejected") expect([outcome.reason, lives]).toEqual([expect.any(Fenced), false]);
          else if (lives) expect(shards).toEqual(expect.arrayContaining(outcome.value));
        }
      }
    });

    const takings: Record<string, { leaseMs: number; take(from: Node, heir: Lease): Promise<unknown> }> = {
      "a take-over": {
        leaseMs: 30,
        take: async (from, heir) => {
          await expired(second(), from.lease);
          await second().claim(heir, [...from.owned.keys()]);
        },
      },
      "a release": {
        leaseMs: longMs,
        take: async (from, heir) => {
          // The lease statements have a connection of their own, so this one overtakes appends.
          await from.store.release(from.lease, [...from.owned.keys()]);
          await second().claim(heir, [...from.owned.keys()]);
        },
      },
      "a new life": {
        leaseMs: longMs,
        take: async (from) => {
          const lease = await second().join(from.lease.node, [], longMs);
          await second().claim(lease, [...from.owned.keys()]);
        },
      },
    };

    for (const [what, { leaseMs, take }] of Object.entries(takings)) {
      test(`append - during ${what} is in the journal before its new owner reads it, or never`, async () => {
        for (let round = 0; round < 8; round++) {
          const heir = await second().join(fresh("node-"), [], longMs);
          const old = await node(first(), { leaseMs });
          const writer = writing(old);
          await until(() => writer.count() > 5 + round);
          await take(old, heir);
          const read = await Promise.all(writer.actors.map((actor) => second().load(actor)));
          const acknowledged = await writer.end();
          const after = await Promise.all(writer.actors.map((actor) => second().load(actor)));
          expect(after).toEqual(read);
          const known = new Set(read.flatMap(({ events }) => events.map(({ opId }) => opId)));
          expect(acknowledged.filter((opId) => !known.has(opId))).toEqual([]);
          // All or none, and one after another: every actor ends at the same place.
          expect(new Set(read.map(({ events }) => events.length)).size).toBe(1);
          await isFenced(old.append(old.event(`${old.type}/a`, 10_000)));
        }
      });
    }

    test("append - of the same operation by two lives that both believe: the journal has it once", async () => {
      for (let round = 0; round < 5; round++) {
        const old = await node(first(), { leaseMs: 5 });
        await expired(first(), old.lease);
        const heir = await second().join(fresh("node-"), [], longMs);
        const event = old.event(`${old.type}/a`, 1);
        const late = old.append(event).then(() => "written", (error: unknown) => error);
        const [taken] = await second().claim(heir, [...old.owned.keys()]);
        const again = await second().append(heir, [{ ...event, epoch: taken?.epoch ?? 0 }]).then(() => "written", (error: unknown) => error);
        expect([await late, again].filter((outcome) => outcome === "written")).toHaveLength(1);
        expect(await first().find(event.actor, [event.opId])).toHaveLength(1);
      }
    });

    test("changes - are never skipped and never told twice while several nodes write batches of different sizes", async () => {
      const type = fresh("type");
      const writers = await Promise.all(stores.slice(1).map(async (store, index) => ({ ...(await node(store)), index })));
      let written = 0;
      let isWriting = true;
      const all = Promise.all(
        writers.map(async ({ append, event, index }) => {
          let seq = 0;
          for (let batch = 0; batch < 25; batch++) {
            const size = 1 + ((batch * 37 + index * 101) % (index === 0 ? 3 : 300));
            await append(...Array.from({ length: size }, (_, n) => event(`${type}/${index}-${n % 3}`, seq + 1 + Math.floor(n / 3))));
            seq += Math.ceil(size / 3);
            written += size;
          }
        }),
      ).finally(() => {
        isWriting = false;
      });

      const seen = new Map<string, number>();
      let cursor: string | undefined;
      let total = 0;
      await until(async () => {
        const page = await first().changes(type, cursor, 97);
        for (const { actor, seq } of page.entries) {
          // Never twice, and in order: the numbers only grow.
          expect(seq).toBeGreaterThan(seen.get(actor) ?? 0);
          seen.set(actor, seq);
        }
        total += page.entries.length;
        cursor = page.cursor;
        return !isWriting && total >= written;
      }, 30_000);
      await all;
      expect(await first().changes(type, cursor, 10)).toEqual({ entries: [], cursor });
      expect(total).toBe(written);
    });
  });
}
