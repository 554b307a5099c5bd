/**
 * The Journal port on PostgreSQL: a row per event, `(actor, seq)` its key, `(actor, op_id)` unique.
 *
 * An append is one statement. It locks the shard's row FOR SHARE with the writer's epoch in the condition: a claim that
 * is under way makes it wait and then find no row (PostgreSQL looks at the row again after waiting), and a claim that
 * comes later waits for it. So no event of an old epoch appears after a new owner has read the journal. Two writers in
 * one epoch, which only a bug can make, meet in the primary key.
 */
import { Fenced, InvalidKey, SequenceConflict, StatementRefused } from "../errors.ts";
import { journalActorLength, journalEventBytes, journalEvents, journalOpIdLength, journalPage } from "../limits.ts";
import type { Database, Journal, JournalAppend, JournalEntry } from "../ports.ts";

const appendSql = `
with fence as materialized (
  select 1 from shard where id = $2 and epoch = $3 for share
), given as (
  select op_id, body, n from unnest($5::text[], $6::json[]) with ordinality as event (op_id, body, n)
), known as (
  select op_id, seq from journal where actor = $1 and op_id = any ($5::text[])
), added as (
  insert into journal (actor, seq, op_id, epoch, body)
  select $1, $4 + row_number() over (order by n), op_id, $3, body from given
  where exists (select from fence)
    and op_id not in (select op_id from known)
    and $4 = coalesce((select max(seq) from journal where actor = $1), 0)
  returning op_id, seq
)
select exists (select from fence) as owned,
  (select array_agg(stored.seq::float8 order by n) from given join (select * from known union all select * from added) as stored using (op_id)) as seqs`;

const readSql = `select seq, op_id as "opId", epoch, body from journal where actor = $1 and seq >= $2 order by seq limit $3`;

/** The journal in `database`, which stays its owner's to close. */
export function postgresJournal(database: Database): Journal {
  return {
    async claim(shard, owner, epoch) {
      const [row] = await database.query<{ epoch: number }>("update shard set owner = $2, epoch = epoch + 1 where id = $1 and epoch = $3 returning epoch", [shard, owner, epoch]);
      if (row === undefined) throw new Fenced(shard, epoch);
      return row.epoch;
    },

    async owner(shard) {
      const [row] = await database.query<{ owner: string | null; epoch: number }>("select owner, epoch from shard where id = $1", [shard]);
      if (row === undefined) throw new InvalidKey(`there is no shard ${shard}`);
      return row;
    },

    async append(append) {
      const values = checked(append);
      const seqs = await once(database, append, values).catch((error: unknown) => {
        // The same operation, or another writer's, was committed while ours ran: look again, now with it in sight.
        if (!(error instanceof StatementRefused && error.code === "23505")) throw error;
        return once(database, append, values);
      });
      if (seqs.length !== append.events.length) throw new SequenceConflict(append.actor, append.expectedSeq);
      return seqs;
    },

    async *read(actor, fromSeq) {
      let next = fromSeq;
      for (;;) {
        const page = await database.query<JournalEntry>(readSql, [actor, next, journalPage]);
        yield* page;
        const last = page.at(-1);
        if (last === undefined || page.length < journalPage) return;
        next = last.seq + 1;
      }
    },
  };
}

async function once(database: Database, { shard, epoch }: JournalAppend, values: ReturnType<typeof checked>): Promise<number[]> {
  const [answer] = await database.query<{ owned: boolean; seqs: number[] | null }>(appendSql, values);
  if (answer?.owned !== true) throw new Fenced(shard, epoch);
  return answer.seqs ?? [];
}

/** Parameters of the statement, or InvalidKey. */
function checked({ actor, shard, epoch, expectedSeq, events }: JournalAppend) {
  if (actor.length === 0 || actor.length > journalActorLength) throw new InvalidKey(`an actor's name has 1 to ${journalActorLength} characters`);
  if (![shard, epoch, expectedSeq].every((number) => Number.isSafeInteger(number) && number >= 0)) throw new InvalidKey("shard, epoch and sequence number are whole numbers");
  if (events.length === 0 || events.length > journalEvents) throw new InvalidKey(`an append has 1 to ${journalEvents} events`);
  const opIds = events.map(({ opId }) => opId);
  if (new Set(opIds).size !== opIds.length) throw new InvalidKey("an operation is twice in one append");
  if (opIds.some((opId) => opId.length === 0 || opId.length > journalOpIdLength)) throw new InvalidKey(`an operation's id has 1 to ${journalOpIdLength} characters`);
  const bodies = events.map(({ body }) => JSON.stringify(body) as string | undefined);
  for (const body of bodies) {
    if (body === undefined || Buffer.byteLength(body) > journalEventBytes) throw new InvalidKey(`an event is at most ${journalEventBytes} bytes of JSON`);
  }
  return [actor, shard, epoch, expectedSeq, opIds, bodies as string[]];
}
