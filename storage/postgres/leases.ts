/**
 * Leases and shards on PostgreSQL: who is alive, and who owns what.
 *
 * A row of `node` is a life; whoever ends a life deletes or replaces the row, and waits in that for the life's appends, which
 * hold the row FOR KEY SHARE. A renewal changes no key, so renewals and appends never wait for each other. A shard names the
 * life that took it: when that life is over nobody owns the shard, with no further write. An incarnation is used once.
 *
 * Every statement commits by itself, so a node that is paused between two of them holds no lock. What was released is taken first, and
 * most often that is all: callers wait for it. Taking over the rest is three:
 *
 *   1. end the lives of those owners of the wanted shards whose lease is over
 *   2. list the lives named by the wanted shards that are over; what is over stays over, so the list cannot grow old
 *   3. take the shards that name no life or one of these, if our own life lasts
 *
 * Between 2 and 3 another node may take a shard; then it names another life, and 3 passes it by (it looks at the row as it
 * is when the lock is had). Locks on several rows are taken in the order of their ids: no deadlocks.
 */
import { checkLease, checkLeaseMs, checkPin, checkShards } from "../actor-checks.ts";
import { Fenced, StorageUnavailable } from "../errors.ts";
import { deadNodeMs } from "../limits.ts";
import type { ActorStore, ClusterView, Lease, Queryable, ShardOwner } from "../ports.ts";
import type { Line } from "./line.ts";

const joinSql = `
with forgotten as (
  delete from node where id in (select id from node where lease_until < clock_timestamp() - $4::float8 * interval '1 ms' and id <> $1 order by id for update skip locked)
)
insert into node (id, incarnation, lease_until, types) values ($1, nextval('node_incarnation'), clock_timestamp() + $2::float8 * interval '1 ms', $3)
on conflict (id) do update set incarnation = excluded.incarnation, lease_until = excluded.lease_until, leaving = false, types = excluded.types
returning incarnation`;

const renewSql = `update node set lease_until = clock_timestamp() + $3::float8 * interval '1 ms', leaving = $4 where id = $1 and incarnation = $2`;

/** One statement, so that no shard has an owner who is not among the members. */
const viewSql = `
select
  (select coalesce(json_agg(json_build_object('node', id, 'incarnation', incarnation, 'live', lease_until > clock_timestamp(), 'leaving', leaving, 'types', types) order by id), '[]') from node) as members,
  (select coalesce(json_agg(json_build_object('shard', shard.id, 'owner', node.id, 'epoch', epoch)), '[]') from shard left join node on incarnation = life) as shards,
  (select coalesce(json_agg(json_build_object('shard', shard, 'node', node) order by shard), '[]') from shard_pin) as pins`;

const pinSql = "insert into shard_pin (shard, node) values ($1, $2) on conflict (shard) do update set node = excluded.node";
const unpinSql = "delete from shard_pin where shard = $1";

const endSql = `
delete from node where id in (
  select id from node
  where lease_until <= clock_timestamp() and incarnation <> $2
    and incarnation in (select life from shard where id = any ($3::text[]))
    and exists (select from node where id = $1 and incarnation = $2)
  order by id for update
)`;

const overSql = `select distinct life from shard where id = any ($1::text[]) and life is not null and life not in (select incarnation from node)`;

const takeSql = `
with mine as materialized (
  select from node where id = $1 and incarnation = $2 for key share
)
insert into shard as held (id, owner, life, epoch)
select wanted.id, $1, $2::int8, 1
from mine, (select distinct unnest($3::text[]) as id) as wanted left join shard using (id)
where shard.life is null or shard.life = any ($4::int8[])
order by wanted.id
on conflict (id) do update set owner = excluded.owner, life = excluded.life, epoch = held.epoch + 1 where held.life is null or held.life = any ($4::int8[])`;

const ownersSql = `
select exists (select from node where id = $1 and incarnation = $2) as lives, (
  select coalesce(json_agg(json_build_object('shard', wanted.id, 'owner', node.id, 'epoch', coalesce(epoch, 0)) order by n), '[]')
  from unnest($3::text[]) with ordinality as wanted (id, n) left join shard using (id) left join node on incarnation = life
) as shards`;

const releaseSql = `
with mine as materialized (
  select from node where id = $1 and incarnation = $2 for key share
), held as materialized (
  select id from shard where id = any ($3::text[]) and life = $2 order by id for update
), freed as (
  update shard set owner = null, life = null, epoch = epoch + 1 from held where shard.id = held.id and exists (select from mine) returning shard.id, epoch
)
select exists (select from mine) as lives, (select coalesce(json_agg(json_build_object('shard', id, 'owner', null, 'epoch', epoch)), '[]') from freed) as shards`;

type Leases = Pick<ActorStore, "join" | "renew" | "claim" | "release" | "leave" | "view" | "pin">;

/** `line` is for these statements alone; `pool` serves onlookers. */
export function postgresLeases(line: Line, pool: Queryable): Leases {
  return {
    async join(node, types, leaseMs) {
      checkLease(node, types, leaseMs);
      const [life] = (await line.run((ask) => ask<{ incarnation: number }>(joinSql, [node, leaseMs, types, deadNodeMs]))).rows;
      if (life === undefined) throw new StorageUnavailable("the database did not say which life this is");
      return { node, incarnation: life.incarnation };
    },

    async renew(lease, { leaseMs, leaving }) {
      checkLeaseMs(leaseMs);
      return line.run(async (ask) => {
        const { rowCount } = await ask(renewSql, [lease.node, lease.incarnation, leaseMs, leaving]);
        if (rowCount !== 1) throw over(lease);
        return seen((await ask<ClusterView>(viewSql, [])).rows);
      });
    },

    async claim(lease, shards) {
      checkShards(shards);
      return line.run(async (ask) => {
        const take = async (lives: readonly number[]) => {
          await ask(takeSql, [lease.node, lease.incarnation, shards, lives]);
          return owned(lease, await ask<Owned>(ownersSql, [lease.node, lease.incarnation, shards]));
        };
        const taken = await take([]);
        if (taken.every(({ owner }) => owner === lease.node)) return taken;
        await ask(endSql, [lease.node, lease.incarnation, shards]);
        return take((await ask<{ life: number }>(overSql, [shards])).rows.map(({ life }) => life));
      });
    },

    async release(lease, shards) {
      checkShards(shards);
      return line.run(async (ask) => owned(lease, await ask<Owned>(releaseSql, [lease.node, lease.incarnation, shards])));
    },

    async leave(lease) {
      await line.run((ask) => ask("delete from node where id = $1 and incarnation = $2", [lease.node, lease.incarnation]));
    },

    async view() {
      return seen(await pool.prepared<ClusterView>(viewSql));
    },

    async pin(shard, node) {
      checkPin(shard, node);
      await (node === null ? pool.prepared(unpinSql, [shard]) : pool.prepared(pinSql, [shard, node]));
    },
  };
}

interface Owned {
  /** Whether our own life lasts. */
  readonly lives: boolean;
  readonly shards: ShardOwner[];
}

function owned(lease: Lease, { rows: [answer] }: { readonly rows: readonly Owned[] }): ShardOwner[] {
  if (answer?.lives !== true) throw over(lease);
  return answer.shards;
}

const over = ({ node, incarnation }: Lease) => new Fenced(`node ${node}`, incarnation);

function seen([view]: readonly ClusterView[]): ClusterView {
  if (view === undefined) throw new StorageUnavailable("the database did not show the cluster");
  return view;
}
