/**
 * The Mirror port on PostgreSQL, for nodes without Redis: a row per actor.
 *
 * A save does not wait for the disk (synchronous_commit off): what it loses when the server's machine goes down is less than a
 * second's, and whoever rebuilds from the mirror must do without all of it. It has a connection of its own, so that many large
 * bodies hold nobody else up. Loads that are asked for at once, as of all actors of a node that died, share statements.
 */
import { checkMirrorActor, checkMirrored } from "../event-checks.ts";
import { mirrorDays, mirrorLoads, mirrorLoadsWaiting, mirrorMs, mirrorSweepMs, mirrorSwept } from "../limits.ts";
import { latest, parts } from "../mirror-parts.ts";
import type { Database, Mirror } from "../ports.ts";
import { Batches } from "./batches.ts";
import { int8Array, textArray } from "./binary-arrays.ts";
import { Line } from "./line.ts";

/** Only a null is no body; an empty text is one. */
const saveSql = `
insert into actor_mirror (actor, epoch, n, body, kept_on)
select actor, epoch, n, case forgotten when 0 then body end, current_date from unnest($1::text[], $2::int8[], $3::int8[], $4::text[], $5::int8[]) as given (actor, epoch, n, body, forgotten)
on conflict (actor) do update set epoch = excluded.epoch, n = excluded.n, body = excluded.body, kept_on = excluded.kept_on
where (excluded.epoch, excluded.n) > (actor_mirror.epoch, actor_mirror.n) or ((excluded.epoch, excluded.n) = (actor_mirror.epoch, actor_mirror.n) and excluded.body is null)`;

const loadSql = `select actor, epoch, n, body from actor_mirror where actor = any ($1::text[]) and body is not null and kept_on >= current_date - ${mirrorDays}`;

interface Load {
  readonly actor: string;
  found?: { readonly epoch: number; readonly n: number; readonly body: string };
}

/** What was forgotten: a day, by the date, lasts an hour at least when yesterday stays. */
const sweepSql = `
delete from actor_mirror where actor = any (array(
  select actor from actor_mirror where kept_on < current_date - 1 and (body is null or kept_on < current_date - ${mirrorDays}) limit ${mirrorSwept} for update skip locked
)) and kept_on < current_date - 1`;

/** The mirror in `database`, found at `url`. Connects when first used. Closing it leaves `database` open. `now`: ms of any clock, for tests. */
export function postgresMirror(url: string, name: string, database: Database, now: () => number = () => performance.now()): Mirror & { close(): Promise<void> } {
  const line = new Line(url, `${name} mirror`, mirrorMs, { synchronous_commit: "off" });
  const loads = new Batches<Load>({
    atOnce: mirrorLoads,
    waiting: mirrorLoadsWaiting,
    deadlineMs: mirrorMs,
    async run(asked) {
      const rows = await database.prepared<{ actor: string; epoch: number; n: number; body: string }>(loadSql, [[...new Set(asked.map(({ actor }) => actor))]]);
      const found = new Map(rows.map(({ actor, ...entry }) => [actor, entry]));
      for (const load of asked) {
        const entry = found.get(load.actor);
        if (entry !== undefined) load.found = entry;
      }
    },
  });
  let sweptAt = now();
  const sweep = () => {
    if (now() - sweptAt < mirrorSweepMs) return;
    sweptAt = now();
    // Another hour is no loss.
    void line.run((ask) => ask(sweepSql, [])).catch(() => {});
  };
  return {
    async save(entries) {
      checkMirrored(entries);
      for (const part of parts(latest(entries))) {
        const values = [
          textArray(part.map(({ actor }) => actor)),
          int8Array(part.map(({ epoch }) => epoch)),
          int8Array(part.map(({ n }) => n)),
          textArray(part.map(({ body }) => body ?? "")),
          int8Array(part.map(({ body }) => (body === null ? 1 : 0))),
        ];
        await line.run((ask) => ask(saveSql, values));
      }
      sweep();
    },

    async load(actor) {
      checkMirrorActor(actor);
      const load: Load = { actor };
      await loads.add([load]);
      return load.found;
    },

    async clear() {
      await database.query("delete from actor_mirror");
    },

    async close() {
      await loads.close();
      await line.close();
    },
  };
}
