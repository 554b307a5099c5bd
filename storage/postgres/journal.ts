/**
 * The journal on PostgreSQL: a row per event, `(actor, seq)` its key, `(actor, op_id)` unique.
 *
 * An append is one statement. It locks the writer's life FOR KEY SHARE and its shards FOR SHARE, with incarnation and epochs in
 * the conditions, and inserts only if it got all of them. Whoever takes this life for dead, or changes a shard's epoch, must
 * change a row that is held: it waits for the append, and an append that comes later, or waited meanwhile, finds the row
 * changed (PostgreSQL looks at the row again after waiting). So when a claim or release has resolved, every append of before is
 * committed or will never be, also one whose writer gave up waiting for its outcome.
 *
 * The life alone would do for take-overs, which end it first. The shards are held for releases, which do not: an append that
 * outlived its deadline could otherwise commit by a picture of the shard that is older than the release. It costs up to
 * 5 % when a batch touches every shard. Two appends never wait for each other: locks to read are shared.
 */
import { checkActor, checkEvents, checkOpIds, checkPage, checkSeq, checkSnapshot } from "../actor-checks.ts";
import { Fenced, InvalidKey, SequenceConflict, StatementRefused } from "../errors.ts";
import { journalTrim } from "../limits.ts";
import type { ActorStore, ChangedEntry, JournalAppend, JournalEntry, Lease, Queryable, Reminder } from "../ports.ts";
import { int8Array, textArray } from "./binary-arrays.ts";
import type { Ask, Line } from "./line.ts";
import { remindingSql, reminderValues } from "./reminders.ts";

const appendSql = `
with life as materialized (
  select from node where id = $1 and incarnation = $2 for key share
), held as materialized (
  select from shard join unnest($3::text[], $4::int8[]) as given (id, epoch) on shard.id = given.id and shard.epoch = given.epoch and life = $2 for share of shard
)
insert into journal (actor, seq, op_id, epoch, body)
select actor, seq, op_id, epoch, body from unnest($5::text[], $6::int8[], $7::text[], $8::int8[], $9::json[]) as event (actor, seq, op_id, epoch, body)
where exists (select from life) and (select count(*) from held) = cardinality($3::text[])`;

const staleSql = `
select given.id, given.epoch from unnest($3::text[], $4::int8[]) as given (id, epoch)
where exists (select from node where id = $1 and incarnation = $2)
  and not exists (select from shard where shard.id = given.id and shard.epoch = given.epoch and life = $2)
limit 1`;

const takenSql = `
select given.actor, given.seq, journal.op_id = given.op_id as operation
from unnest($1::text[], $2::int8[], $3::text[]) as given (actor, seq, op_id) join journal on journal.actor = given.actor and (journal.seq = given.seq or journal.op_id = given.op_id)
order by operation desc
limit 1`;

/** The snapshot first, then what follows it, as of one moment: a newer snapshot and its trimming cannot come between. Then reminders, in epoch 0. */
const loadSql = `
(select seq, null::int8 as epoch, null as "opId", body from actor_snapshot where actor = $1)
union all
(select seq, epoch, op_id, body from journal where actor = $1 and seq > coalesce((select seq from actor_snapshot where actor = $1), 0) order by seq)
union all
(select seq, 0, name, json_build_object('dueAt', due_at, 'failures', failures, 'nextAt', next_at) from reminder where actor = $1 order by name)`;

const entry = `seq, epoch, op_id as "opId", body`;

/** The bounds by transaction alone are for the index. */
const changesSql = `
select actor, seq, tx::text as place from journal
where split_part(actor, '/', 1) = $1 and tx >= $2::xid8 and tx < pg_snapshot_xmin(pg_current_snapshot()) and (tx, actor, seq) > ($2::xid8, $3, $4)
  and tx <= $6::xid8 and (tx, actor, seq) <= ($6::xid8, $7, $8)
order by tx, actor, seq limit $5`;

/** No transaction has a higher number. */
const endOfTime = "18446744073709551615 0 ";

type Journal = Pick<ActorStore, "append" | "load" | "find" | "read" | "saveSnapshot" | "trim" | "changes" | "end">;

/** `line` is for appends alone; `pool` serves everything else. */
export function postgresJournal(line: Line, pool: Queryable): Journal {
  return {
    async append(lease, events, reminders = []) {
      const values = appendValues(lease, events, checkEvents(events, reminders));
      await line.run(async (ask) => {
        if (reminders.length > 0) {
          const { rows: [fence] } = await ask<{ holds: boolean }>(remindingSql, [...values, ...reminderValues(reminders)]).catch((error: unknown) => refused(ask, error, events));
          if (fence?.holds !== true) throw await fenced(ask, lease, values);
          return;
        }
        const added = await ask(appendSql, values).catch((error: unknown) => refused(ask, error, events));
        if (added.rowCount !== events.length) throw await fenced(ask, lease, values);
      });
    },

    async load(actor) {
      checkActor(actor);
      const rows = await pool.prepared<Omit<JournalEntry, "epoch"> & { epoch: number | null }>(loadSql, [actor]);
      const snapshot = rows.find(({ epoch }) => epoch === null);
      return {
        snapshot: snapshot && { seq: snapshot.seq, body: snapshot.body },
        events: rows.filter((row): row is JournalEntry => row.epoch !== null && row.epoch > 0),
        reminders: rows.filter(({ epoch }) => epoch === 0).map(({ seq, opId: name, body }) => ({ name, seq, ...(body as Omit<Reminder, "name" | "seq">) })),
      };
    },

    async find(actor, opIds) {
      checkActor(actor);
      checkOpIds(opIds);
      return pool.prepared(`select ${entry} from journal where actor = $1 and op_id = any ($2::text[]) order by seq`, [actor, opIds]);
    },

    async read(actor, fromSeq, limit) {
      checkActor(actor);
      checkSeq(fromSeq);
      checkPage(limit);
      return pool.prepared(`select ${entry} from journal where actor = $1 and seq >= $2 order by seq limit $3`, [actor, fromSeq, limit]);
    },

    async saveSnapshot(actor, snapshot) {
      const body = checkSnapshot(actor, snapshot);
      await pool.prepared(
        "insert into actor_snapshot (actor, seq, body) values ($1, $2, $3) on conflict (actor) do update set seq = excluded.seq, body = excluded.body where actor_snapshot.seq <= excluded.seq",
        [actor, snapshot.seq, body],
      );
    },

    async trim(actor, belowSeq) {
      checkActor(actor);
      checkSeq(belowSeq);
      const [answer] = await pool.prepared<{ trimmed: number }>(
        `with old as (
           select seq from journal where actor = $1 and seq < $2 and seq <= (select seq from actor_snapshot where actor = $1) order by seq limit ${journalTrim}
         ), trimmed as (
           delete from journal using old where journal.actor = $1 and journal.seq = old.seq returning 1
         )
         select count(*) as trimmed from trimmed`,
        [actor, belowSeq],
      );
      return answer?.trimmed ?? 0;
    },

    async changes(type, cursor, limit, upTo = endOfTime) {
      checkPage(limit);
      const [tx, seq, actor] = parsed(cursor);
      const [lastTx, lastSeq, lastActor] = parsed(upTo);
      const rows = await pool.prepared<ChangedEntry & { place: string }>(changesSql, [type, tx, actor, seq, limit, lastTx, lastActor, lastSeq]);
      const last = rows.at(-1);
      return {
        entries: rows.map(({ actor: of, seq: at }) => ({ actor: of, seq: at })),
        cursor: last === undefined ? cursor : `${last.place} ${last.seq} ${last.actor}`,
      };
    },

    async end() {
      const [row] = await pool.prepared<{ tx: string }>("select pg_snapshot_xmin(pg_current_snapshot())::text as tx", []);
      return `${row?.tx ?? "0"} 0 `;
    },
  };
}

/**
 * Parameters of appendSql. In the order of the keys: neighbours in the indexes cost a sixth less in a large batch, and two
 * appends that meet, as when one is repeated whose outcome is unknown, meet at the same key and not crosswise.
 */
function appendValues(lease: Lease, given: readonly JournalAppend[], shards: ReadonlyMap<string, number>): unknown[] {
  const events = given.toSorted((a, b) => (a.actor < b.actor ? -1 : a.actor > b.actor ? 1 : a.seq - b.seq));
  return [
    lease.node,
    lease.incarnation,
    textArray([...shards.keys()]),
    int8Array([...shards.values()]),
    textArray(events.map(({ actor }) => actor)),
    int8Array(events.map(({ seq }) => seq)),
    textArray(events.map(({ opId }) => opId)),
    int8Array(events.map(({ epoch }) => epoch)),
    textArray(events.map(({ body }) => body), "json"),
  ];
}

/** Says what of the append was not so any more. */
async function fenced(ask: Ask, lease: Lease, values: readonly unknown[]): Promise<Fenced> {
  const [stale] = (await ask<{ id: string; epoch: number }>(staleSql, values.slice(0, 4))).rows;
  return stale === undefined ? new Fenced(`node ${lease.node}`, lease.incarnation) : new Fenced(stale.id, stale.epoch);
}

/** Throws what the server's refusal means. */
async function refused(ask: Ask, error: unknown, events: readonly JournalAppend[]): Promise<never> {
  if (!(error instanceof StatementRefused)) throw error;
  // Not JSON, or text that PostgreSQL cannot hold.
  if (error.code.startsWith("22")) throw new InvalidKey(`an event cannot be stored: ${error.message}`, { cause: error });
  if (error.code !== "23505") throw error;
  // Which one it was is said by the server in its own language only.
  const given = [textArray(events.map(({ actor }) => actor)), int8Array(events.map(({ seq }) => seq)), textArray(events.map(({ opId }) => opId))];
  const [taken] = (await ask<{ actor: string; seq: number; operation: boolean }>(takenSql, given)).rows;
  if (taken !== undefined) throw new SequenceConflict(taken.actor, taken.seq, taken.operation ? "operation" : "sequence");
  // Twice in this append, or gone again.
  throw new SequenceConflict(events[0]?.actor ?? "", events[0]?.seq ?? 0, error.constraint === "journal_once" ? "operation" : "sequence");
}

const cursorForm = /^(\d{1,20}) (\d{1,16}) (.*)$/s;

function parsed(cursor: string | undefined): [tx: string, seq: number, actor: string] {
  if (cursor === undefined) return ["0", 0, ""];
  const [, tx, seq, actor] = cursorForm.exec(cursor) ?? [];
  if (tx === undefined || actor === undefined) throw new InvalidKey("not a cursor of the journal");
  return [tx, Number(seq), actor];
}
