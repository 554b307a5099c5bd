/**
 * Reminders on PostgreSQL: a row each, `(actor, name)` its key, found by shard and time.
 *
 * They change in the append that carries the events of the same turn. That is a statement of its own, so that appends without
 * reminders, which are nearly all, stay as they are (journal.ts says why its fence holds; it is the same here).
 */
import { checkDue } from "../actor-checks.ts";
import type { ActorStore, DueReminder, Queryable, ReminderChange } from "../ports.ts";
import { int8Array, textArray } from "./binary-arrays.ts";

/** $1 to $9 as in the append without reminders; then those to forget, then those to set. Answers whether the writer held what it must. */
export const remindingSql = `
with life as materialized (
  select from node where id = $1 and incarnation = $2 for key share
), held as materialized (
  select from shard join unnest($3::text[], $4::int8[]) as given (id, epoch) on shard.id = given.id and shard.epoch = given.epoch and life = $2 for share of shard
), fence as materialized (
  select exists (select from life) and (select count(*) from held) = cardinality($3::text[]) as holds
), added as (
  insert into journal (actor, seq, op_id, epoch, body)
  select actor, seq, op_id, epoch, body from unnest($5::text[], $6::int8[], $7::text[], $8::int8[], $9::json[]) as event (actor, seq, op_id, epoch, body)
  where (select holds from fence)
), forgotten as (
  delete from reminder using unnest($10::text[], $11::text[], $12::int8[]) as given (actor, name, seq)
  where reminder.actor = given.actor and reminder.name = given.name and reminder.seq <= given.seq and (select holds from fence)
), kept as (
  insert into reminder (actor, name, shard, due_at, seq, failures, next_at)
  select actor, name, shard, due_at, seq, failures, nullif(next_at, 0)
  from unnest($13::text[], $14::text[], $15::text[], $16::int8[], $17::int8[], $18::int8[], $19::int8[]) as given (actor, name, shard, due_at, seq, failures, next_at)
  where (select holds from fence)
  on conflict (actor, name) do update set shard = excluded.shard, due_at = excluded.due_at, seq = excluded.seq, failures = excluded.failures, next_at = excluded.next_at
  where reminder.seq <= excluded.seq
)
select holds from fence`;

/** $10 to $19. In the order of the keys, each once. */
export function reminderValues(given: readonly ReminderChange[]): unknown[] {
  const byActor = Map.groupBy(given, ({ actor }) => actor);
  const last = [...byActor.keys()].toSorted().flatMap((actor) => [...new Map(byActor.get(actor)?.map((change) => [change.name, change])).values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)));
  const forgotten = last.filter(({ to }) => to === null);
  const kept = last.flatMap(({ actor, name, shard, seq, to }) => (to === null ? [] : [{ actor, name, shard, seq, ...to }]));
  return [
    textArray(forgotten.map(({ actor }) => actor)),
    textArray(forgotten.map(({ name }) => name)),
    int8Array(forgotten.map(({ seq }) => seq)),
    textArray(kept.map(({ actor }) => actor)),
    textArray(kept.map(({ name }) => name)),
    textArray(kept.map(({ shard }) => shard)),
    int8Array(kept.map(({ dueAt }) => dueAt)),
    int8Array(kept.map(({ seq }) => seq)),
    int8Array(kept.map(({ failures }) => failures)),
    int8Array(kept.map(({ nextAt }) => nextAt ?? 0)),
  ];
}

/** So many of each shard at most: a shard with a million due must not cost a million rows. */
const dueSql = `
select next.* from unnest($1::text[]) as owned (id) cross join lateral (
  select actor, shard, name, due_at as "dueAt", seq, failures, next_at as "nextAt" from reminder where shard = owned.id and next_at <= $2 order by next_at limit $3
) as next order by "nextAt" limit $4`;

export function postgresReminders(pool: Queryable): Pick<ActorStore, "dueReminders"> {
  return {
    async dueReminders(shards, until, limit) {
      checkDue(shards, until, limit);
      if (shards.length === 0) return { reminders: [], more: false };
      const each = Math.min(limit, Math.max(16, Math.ceil((4 * limit) / shards.length)));
      const reminders = await pool.prepared<DueReminder>(dueSql, [shards, until, each, limit]);
      const isFull = [...Map.groupBy(reminders, ({ shard }) => shard).values()].some(({ length }) => length >= each);
      return { reminders, more: isFull || reminders.length >= limit };
    },
  };
}
