/** What every ActorStore promises of leases, shards and the journal. What holds between several at once: actor-store-races.contract.ts. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Fenced, InvalidKey, SequenceConflict, type ActorStore, type JournalAppend, type Lease, type ShardOwner } from "../../storage/index.ts";
import { until } from "../kit/index.ts";

export interface ActorStoreUnderTest {
  /** The same store as another node sees it, with connections of its own. */
  open(): Promise<ActorStore>;
  close(): Promise<void>;
}

const longMs = 60_000;
let names = 0;
/** A name that no other test has. */
export const fresh = (prefix: string) => `${prefix}${++names}`;

/** A node with `shards` of one type, which it owns. */
export interface Node {
  readonly store: ActorStore;
  readonly lease: Lease;
  readonly type: string;
  readonly owned: ReadonlyMap<string, number>;
  /** An event of `actor` (of the first shard), to be appended. */
  event(actor: string, seq: number, more?: Partial<JournalAppend>): JournalAppend;
  append(...events: JournalAppend[]): Promise<void>;
}

export async function node(store: ActorStore, options: { readonly leaseMs?: number; readonly shards?: number; readonly type?: string } = {}): Promise<Node> {
  const type = options.type ?? fresh("type");
  const lease = await store.join(fresh("node-"), [type], options.leaseMs ?? longMs);
  const shards = Array.from({ length: options.shards ?? 1 }, (_, n) => `${type}/${n}`);
  const owned = new Map((await store.claim(lease, shards)).map(({ shard, epoch }) => [shard, epoch]));
  return {
    store,
    lease,
    type,
    owned,
    event: (actor, seq, more = {}) => ({ actor, shard: `${type}/0`, epoch: owned.get(`${type}/0`) ?? 0, seq, opId: fresh("op"), body: JSON.stringify({ seq }), ...more }),
    append: (...events) => store.append(lease, events),
  };
}

/** Resolves when the store takes the lease for ended. */
export async function expired(store: ActorStore, { incarnation }: Lease): Promise<void> {
  await until(async () => (await store.view()).members.find((member) => member.incarnation === incarnation)?.live !== true);
}

export const isFenced = (call: Promise<unknown>) => expect(call).rejects.toThrow(Fenced);

export function actorStoreContract(name: string, start: () => Promise<ActorStoreUnderTest>): void {
  describe(`actor store - ${name}`, () => {
    let under: ActorStoreUnderTest;
    let store: ActorStore;
    let other: ActorStore;

    beforeAll(async () => {
      under = await start();
      [store, other] = await Promise.all([under.open(), under.open()]);
    });

    afterAll(() => under?.close());

    const member = async (lease: Lease) => (await store.view()).members.find(({ incarnation }) => incarnation === lease.incarnation);
    const seqs = async (actor: string) => (await store.read(actor, 1, 5_000)).map(({ seq }) => seq);

    test("join - makes a member, renew extends its lease and says that it is leaving, leave ends it", async () => {
      const lease = await store.join(fresh("node-"), ["playlist", "counter"], longMs);
      expect(await member(lease)).toEqual({ ...lease, live: true, leaving: false, types: ["playlist", "counter"] });
      const view = await store.renew(lease, { leaseMs: longMs, leaving: true });
      expect(view.members.find(({ node: id }) => id === lease.node)).toEqual({ ...lease, live: true, leaving: true, types: ["playlist", "counter"] });
      await store.leave(lease);
      await store.leave(lease);
      expect(await member(lease)).toBeUndefined();
      await isFenced(store.renew(lease, { leaseMs: longMs, leaving: false }));
    });

    test("lease - that has ended is shown so, and can be renewed as long as nobody took it for dead", async () => {
      const lease = await store.join(fresh("node-"), [], 20);
      await expired(store, lease);
      const view = await store.renew(lease, { leaseMs: longMs, leaving: false });
      expect(view.members).toContainEqual({ ...lease, live: true, leaving: false, types: [] });
    });

    test("pin - is shown to everybody until another takes its place or it is forgotten, and outlives whom it names", async () => {
      const { lease, type } = await node(store, { shards: 2 });
      const [a, b] = [`${type}/0`, `${type}/1`];
      const pins = async () => (await other.view()).pins.filter(({ shard }) => shard.startsWith(`${type}/`));
      await store.pin(b, "somebody");
      await store.pin(a, lease.node);
      expect(await pins()).toEqual([{ shard: a, node: lease.node }, { shard: b, node: "somebody" }]);
      expect((await store.renew(lease, { leaseMs: longMs, leaving: false })).pins).toEqual((await other.view()).pins);
      await other.pin(b, lease.node);
      await other.pin(a, null);
      await other.pin(a, null);
      expect((await other.view()).shards.find(({ shard }) => shard === a)).toMatchObject({ owner: lease.node });
      await store.leave(lease);
      expect(await pins()).toEqual([{ shard: b, node: lease.node }]);
      await expect(store.pin("", "somebody")).rejects.toThrow(InvalidKey);
      await expect(store.pin(a, "")).rejects.toThrow(InvalidKey);
    });

    test("join - under the same name ends the earlier life, which can do nothing any more", async () => {
      const { lease: old, type, event, append } = await node(store);
      const shard = `${type}/0`;
      await append(event(`${type}/a`, 1));
      const lease = await other.join(old.node, [type], longMs);
      expect(lease.incarnation).toBeGreaterThan(old.incarnation);
      expect((await store.view()).shards).toContainEqual({ shard, owner: null, epoch: 1 });

      await isFenced(append(event(`${type}/a`, 2)));
      await isFenced(store.renew(old, { leaseMs: longMs, leaving: false }));
      await isFenced(store.claim(old, [shard]));
      await isFenced(store.claim(old, []));
      await isFenced(store.release(old, [shard]));
      await store.leave(old);
      expect(await member(lease)).toMatchObject({ live: true });
      expect(await other.claim(lease, [shard])).toEqual([{ shard, owner: old.node, epoch: 2 }]);
      // The new life's epoch with the old life's name is the old life's all the same.
      await isFenced(append(event(`${type}/a`, 2, { epoch: 2 })));
      expect(await seqs(`${type}/a`)).toEqual([1]);
    });

    test("incarnation - is never used again, not after leaving either", async () => {
      const name = fresh("node-");
      const seen: number[] = [];
      for (let round = 0; round < 3; round++) {
        const lease = await store.join(name, [], longMs);
        seen.push(lease.incarnation);
        await store.leave(lease);
      }
      expect(seen).toEqual([...new Set(seen)].toSorted((a, b) => a - b));
    });

    test("claim - takes what is free, and answers what is another's as it is, in the order asked", async () => {
      const first = await node(store, { shards: 2 });
      const second = await other.join(fresh("node-"), [first.type], longMs);
      const [a, b, c] = ["0", "1", "2"].map((n) => `${first.type}/${n}`) as [string, string, string];
      expect(await other.claim(second, [c, a, b])).toEqual([
        { shard: c, owner: second.node, epoch: 1 },
        { shard: a, owner: first.lease.node, epoch: 1 },
        { shard: b, owner: first.lease.node, epoch: 1 },
      ]);
      expect(await other.claim(second, [c, c])).toEqual(Array.from({ length: 2 }, () => ({ shard: c, owner: second.node, epoch: 1 })));
      expect((await store.view()).shards.filter(({ shard }) => shard.startsWith(`${first.type}/`))).toHaveLength(3);
    });

    test("claim - of a node whose lease has ended ends its life and raises the epoch", async () => {
      const dead = await node(store, { leaseMs: 20, shards: 2 });
      const heir = await other.join(fresh("node-"), [dead.type], longMs);
      await dead.append(dead.event(`${dead.type}/a`, 1));
      await expired(store, dead.lease);
      // Until somebody takes it for dead, it may go on writing: nobody else can.
      await dead.append(dead.event(`${dead.type}/a`, 2));

      const [a, b] = [...dead.owned.keys()] as [string, string];
      expect(await other.claim(heir, [a])).toEqual([{ shard: a, owner: heir.node, epoch: 2 }]);
      await isFenced(dead.append(dead.event(`${dead.type}/a`, 3)));
      await isFenced(dead.append(dead.event(`${dead.type}/b`, 1, { shard: b })));
      await isFenced(store.renew(dead.lease, { leaseMs: longMs, leaving: false }));
      expect(await member(dead.lease)).toBeUndefined();
      expect((await store.view()).shards).toContainEqual({ shard: b, owner: null, epoch: 1 });
      expect(await other.claim(heir, [b])).toEqual([{ shard: b, owner: heir.node, epoch: 2 }]);
      expect(await seqs(`${dead.type}/a`)).toEqual([1, 2]);
    });

    test("release - gives up what is owned, raises its epoch, and refuses the writer's next append of it alone", async () => {
      const { type, lease, event, append } = await node(store, { shards: 2 });
      const [a, b] = [`${type}/0`, `${type}/1`];
      expect(await store.release(lease, [a, `${type}/9`])).toEqual([{ shard: a, owner: null, epoch: 2 }]);
      expect(await store.release(lease, [a])).toEqual([]);
      await expect(append(event(`${type}/x`, 1))).rejects.toMatchObject({ name: "Fenced", what: a, epoch: 1 });
      await expect(append(event(`${type}/y`, 1, { shard: b }), event(`${type}/x`, 1))).rejects.toMatchObject({ name: "Fenced", what: a });
      await append(event(`${type}/y`, 1, { shard: b }));
      const heir = await other.join(fresh("node-"), [type], longMs);
      expect(await other.claim(heir, [a, b])).toEqual([{ shard: a, owner: heir.node, epoch: 3 }, { shard: b, owner: lease.node, epoch: 1 }]);
      expect([await seqs(`${type}/x`), await seqs(`${type}/y`)]).toEqual([[], [1]]);
    });

    test("append - of several actors in several shards, and reading them back as they were", async () => {
      const { type, event, append } = await node(store, { shards: 2 });
      const [a, b] = [`${type}/a`, `${type}/b ☃`];
      const body = { text: "☃ 𝄞 \u0000 \"'\\ {}", list: [1, null, { a: 0.5 }] };
      await append(event(a, 1, { opId: "1", body: JSON.stringify(body) }), event(b, 1, { opId: "1", shard: `${type}/1` }), event(a, 2, { opId: "2", body: "null" }));
      await append(event(a, 3, { opId: "3" }));
      expect(await store.read(a, 1, 10)).toEqual([
        { seq: 1, epoch: 1, opId: "1", body },
        { seq: 2, epoch: 1, opId: "2", body: null },
        { seq: 3, epoch: 1, opId: "3", body: { seq: 3 } },
      ]);
      expect(await other.read(a, 2, 1)).toEqual([{ seq: 2, epoch: 1, opId: "2", body: null }]);
      expect([await seqs(b), await seqs(`${type}/none`)]).toEqual([[1], []]);
      expect(await store.find(a, ["3", "none", "1"])).toMatchObject([{ seq: 1, opId: "1" }, { seq: 3, opId: "3" }]);
      expect(await store.find(b, ["3"])).toEqual([]);
    });

    test("append - in another epoch, or of a shard that is nobody's or another's, is fenced", async () => {
      const { type, owned, event, append } = await node(store);
      const foreign = await node(other);
      for (const [shard, epoch] of [[`${type}/0`, (owned.get(`${type}/0`) ?? 0) + 1], [`${type}/7`, 1], [`${foreign.type}/0`, 1]] as const) {
        await expect(append(event(`${type}/a`, 1, { shard, epoch }))).rejects.toMatchObject({ name: "Fenced", what: shard, epoch });
      }
      await expect(store.append({ node: "nobody", incarnation: 1 }, [event(`${type}/a`, 1)])).rejects.toMatchObject({ name: "Fenced", what: "node nobody", epoch: 1 });
      expect(await seqs(`${type}/a`)).toEqual([]);
    });

    test("append - that meets an event or operation of before writes nothing, of no actor, and says which", async () => {
      const { type, event, append } = await node(store);
      const [a, b] = [`${type}/a`, `${type}/b`];
      await append(event(a, 1, { opId: "x" }), event(a, 2, { opId: "y" }));
      const refused = (...events: JournalAppend[]) => append(event(b, 1), ...events).then(() => undefined, (error: unknown) => (error instanceof SequenceConflict ? [error.actor, error.seq, error.reason] : error));
      expect(await refused(event(a, 2))).toEqual([a, 2, "sequence"]);
      expect(await refused(event(a, 3, { opId: "x" }))).toEqual([a, 3, "operation"]);
      expect(await refused(event(a, 1, { opId: "x" }))).toEqual([a, 1, "operation"]);
      expect(await refused(event(a, 3), event(a, 3))).toMatchObject([expect.anything(), expect.anything(), "sequence"]);
      expect(await refused(event(a, 3, { opId: "z" }), event(a, 4, { opId: "z" }))).toMatchObject([expect.anything(), expect.anything(), "operation"]);
      expect([await seqs(a), await seqs(b)]).toEqual([[1, 2], []]);
      // What was refused may be appended where it belongs.
      await append(event(a, 3, { opId: "z" }), event(b, 1, { opId: "x" }));
    });

    test("load - answers the snapshot and what follows; an older snapshot does not replace it", async () => {
      const { type, event, append } = await node(store);
      const actor = `${type}/a`;
      await append(...Array.from({ length: 10 }, (_, n) => event(actor, n + 1)));
      expect(await store.load(`${type}/none`)).toEqual({ snapshot: undefined, events: [], reminders: [] });
      expect((await store.load(actor)).events).toHaveLength(10);
      await store.saveSnapshot(actor, { seq: 8, body: { items: ["☃"] } });
      await store.saveSnapshot(actor, { seq: 7, body: "older" });
      expect(await other.load(actor)).toMatchObject({ snapshot: { seq: 8, body: { items: ["☃"] } }, events: [{ seq: 9 }, { seq: 10 }] });
      await store.saveSnapshot(actor, { seq: 10, body: null });
      expect(await store.load(actor)).toEqual({ snapshot: { seq: 10, body: null }, events: [], reminders: [] });
    });

    test("trim - forgets only what a snapshot covers, with its operations", async () => {
      const { type, event, append } = await node(store);
      const actor = `${type}/a`;
      await append(...Array.from({ length: 10 }, (_, n) => event(actor, n + 1, { opId: `op-${n + 1}` })));
      expect(await store.trim(actor, 100)).toBe(0);
      await store.saveSnapshot(actor, { seq: 6, body: {} });
      expect(await store.trim(actor, 4)).toBe(3);
      expect(await store.trim(actor, 4)).toBe(0);
      expect(await store.trim(actor, 100)).toBe(3);
      expect(await seqs(actor)).toEqual([7, 8, 9, 10]);
      expect(await store.find(actor, ["op-3", "op-7"])).toMatchObject([{ seq: 7 }]);
    });

    test("changes - of one type, page by page, each once and in the order of each actor", async () => {
      const mine = await node(store);
      const foreign = await node(other, { type: `${mine.type}x` });
      const [a, b] = [`${mine.type}/a`, `${mine.type}/b/c`];
      await mine.append(mine.event(b, 1), mine.event(a, 1), mine.event(a, 2));
      await foreign.append(foreign.event(`${foreign.type}/a`, 1));
      await mine.append(mine.event(b, 2, { opId: "last", body: '["x"]' }));
      await until(async () => (await store.changes(mine.type, undefined, 100)).entries.length === 4);

      const seen: string[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < 5; page++) {
        const changes = await store.changes(mine.type, cursor, 3);
        seen.push(...changes.entries.map(({ actor, seq }) => `${actor} ${seq}`));
        cursor = changes.cursor;
      }
      expect(seen.toSorted()).toEqual([`${a} 1`, `${a} 2`, `${b} 1`, `${b} 2`]);
      expect(seen.indexOf(`${a} 1`)).toBeLessThan(seen.indexOf(`${a} 2`));
      expect(seen.at(-1)).toBe(`${b} 2`);
      const [last] = (await store.changes(mine.type, undefined, 100)).entries.slice(-1);
      expect(last).toEqual({ actor: b, seq: 2 });
      expect(await store.changes(fresh("type"), undefined, 10)).toEqual({ entries: [], cursor: undefined });
    });

    test("changes - end where it is said, and a place behind everything is before what comes later", async () => {
      const { type, event, append } = await node(store);
      const actor = `${type}/a`;
      const seqsUpTo = async (cursor: string | undefined, upTo?: string) => (await store.changes(type, cursor, 100, upTo)).entries.map(({ seq }) => seq);
      await append(event(actor, 1), event(actor, 2));
      await until(async () => (await seqsUpTo(undefined)).length === 2);
      const end = await store.end();
      await append(event(actor, 3));
      await until(async () => (await seqsUpTo(undefined)).length === 3);
      expect(await seqsUpTo(undefined, end)).toEqual([1, 2]);
      expect(await seqsUpTo(end)).toEqual([3]);
      const { cursor } = await store.changes(type, undefined, 1);
      expect(await seqsUpTo(cursor, end)).toEqual([2]);
      expect(await seqsUpTo(end, end)).toEqual([]);
    });

    test("bounds - refuses what is malformed or too much, and writes nothing", async () => {
      const { type, lease, event, append } = await node(store);
      const actor = `${type}/a`;
      const good = event(actor, 1);
      for (const bad of [
        { actor: "" }, { actor: "x".repeat(201) }, { actor: "a\0b" }, { shard: "" }, { epoch: 0 }, { epoch: 0.5 }, { seq: 0 }, { seq: 1.5 }, { seq: 2 ** 60 },
        { opId: "" }, { opId: "x".repeat(65) }, { body: "{" }, { body: "" }, { body: `"${"x".repeat(65_536)}"` }, { body: `"${"☃".repeat(22_000)}"` },
      ]) await expect(append({ ...good, ...bad })).rejects.toThrow(InvalidKey);
      await expect(append()).rejects.toThrow(InvalidKey);
      await expect(append(...Array.from({ length: 2_001 }, (_, n) => event(actor, n + 1)))).rejects.toThrow(InvalidKey);
      await expect(append(good, event(actor, 2, { epoch: 9 }))).rejects.toThrow(InvalidKey);
      expect(await seqs(actor)).toEqual([]);
      await append(...Array.from({ length: 2_000 }, (_, n) => event(actor, n + 1)));

      for (const call of [
        () => store.join("", [], longMs), () => store.join("a", ["x/y"], longMs), () => store.join("a", [], 0), () => store.renew(lease, { leaseMs: 1e9, leaving: false }),
        () => store.claim(lease, [""]), () => store.release(lease, ["x".repeat(201)]), () => store.claim(lease, Array.from({ length: 10_241 }, (_, n) => `${type}/${n}`)),
        () => store.load(""), () => store.read(actor, 1, 0), () => store.read(actor, 1, 5_001), () => store.read(actor, 0.5, 10), () => store.find(actor, Array.from({ length: 1_001 }, () => "x")),
        () => store.saveSnapshot(actor, { seq: 0, body: {} }), () => store.saveSnapshot(actor, { seq: 1, body: undefined }), () => store.saveSnapshot(actor, { seq: 1, body: "x".repeat(16 * 1024 * 1024) }),
        () => store.changes(type, "no cursor", 10), () => store.changes(type, undefined, 0),
      ]) await expect(call()).rejects.toThrow(InvalidKey);
      expect(await store.claim(lease, [])).toEqual([]);
      expect(await store.release(lease, [])).toEqual([]);
    });

    test("epochs - only rise, whoever takes and gives up what", async () => {
      const type = fresh("type");
      const shards = Array.from({ length: 4 }, (_, n) => `${type}/${n}`);
      const known = new Map<string, ShardOwner>();
      const check = (now: readonly ShardOwner[]) => {
        for (const { shard, owner, epoch } of now) {
          const before = known.get(shard);
          if (before !== undefined) expect(epoch - before.epoch).toBeGreaterThanOrEqual(owner !== before.owner && owner !== null ? 1 : 0);
          known.set(shard, { shard, owner, epoch });
        }
      };
      let random = 7;
      const below = (limit: number) => (random = (random * 48_271) % 2_147_483_647) % limit;
      const nodes = [fresh("node-"), fresh("node-"), fresh("node-")];
      const leases = await Promise.all(nodes.map((name) => store.join(name, [type], longMs)));
      for (let step = 0; step < 120; step++) {
        const which = below(3);
        const lease = leases[which];
        if (lease === undefined) continue;
        const some = shards.filter(() => below(2) === 0);
        const act = below(8);
        if (act < 4) check(await store.claim(lease, some));
        else if (act < 7) check(await store.release(lease, some));
        else leases[which] = await store.join(lease.node, [type], longMs);
        check((await store.view()).shards.filter(({ shard }) => shards.includes(shard)));
      }
      expect([...known.values()].every(({ epoch }) => epoch > 5)).toBe(true);
    });
  });
}
