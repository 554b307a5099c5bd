/** The rights of tracks in PostgreSQL, and the copy of them that plays are checked against. */
import { StatementRefused, type Database } from "../../storage/index.ts";
import type { Plan } from "../action.ts";
import { NotFound } from "../errors.ts";
import { Memo } from "../memo.ts";
import type { Rights } from "./decide.ts";

/**
 * No play is granted more than 60 s after a revocation: a copy is at most this old, counted from before it was read,
 * also on a node that missed the broadcast. Five seconds are left for the statement and the play itself.
 */
const copyTtlMs = 55_000;
const copies = 100_000;

interface RightsRow {
  allow_countries: string[] | null;
  deny_countries: string[];
  plans: Plan[] | null;
  available_from: Date | null;
  available_until: Date | null;
}

const time = (ms: number | null) => (ms === null ? null : new Date(ms));

export class Licences {
  readonly #database: Database;
  readonly #copies: Memo<{ readonly rights: Rights | undefined }>;

  constructor(database: Database, monotonicNow?: () => number) {
    this.#database = database;
    this.#copies = new Memo({ max: copies, ttlMs: copyTtlMs, load: async (trackId) => ({ rights: await this.read(trackId) }), ...(monotonicNow && { monotonicNow }) });
  }

  /** The rights as plays see them: a copy within its bound. At once when there is one. */
  copy(trackId: string): { readonly rights: Rights | undefined } | Promise<{ readonly rights: Rights | undefined }> {
    return this.#copies.get(trackId);
  }

  forget(trackId: string): void {
    this.#copies.forget(trackId);
  }

  /** The rights as stored, or undefined when none were ever set. */
  async read(trackId: string): Promise<Rights | undefined> {
    const [row] = await this.#database.prepared<RightsRow>(`select allow_countries, deny_countries, plans, available_from, available_until from track_rights where track_id = $1`, [trackId]);
    return (
      row && {
        allowCountries: row.allow_countries,
        denyCountries: row.deny_countries,
        plans: row.plans,
        availableFrom: row.available_from?.getTime() ?? null,
        availableUntil: row.available_until?.getTime() ?? null,
      }
    );
  }

  /** Throws NotFound unless there is such a track. */
  async requireTrack(trackId: string): Promise<void> {
    const rows = await this.#database.prepared(`select 1 as one from track where id = $1`, [trackId]);
    if (rows.length === 0) throw new NotFound("track", trackId);
  }

  /** Replaces the rights of a track. Throws NotFound. */
  async write(trackId: string, rights: Rights): Promise<void> {
    try {
      await this.#database.prepared(
        `insert into track_rights (track_id, allow_countries, deny_countries, plans, available_from, available_until) values ($1, $2, $3, $4, $5, $6)
         on conflict (track_id) do update set allow_countries = excluded.allow_countries, deny_countries = excluded.deny_countries, plans = excluded.plans,
           available_from = excluded.available_from, available_until = excluded.available_until, changed_at = now()`,
        [trackId, rights.allowCountries, rights.denyCountries, rights.plans, time(rights.availableFrom), time(rights.availableUntil)],
      );
    } catch (error) {
      if (error instanceof StatementRefused && error.code === "23503") throw new NotFound("track", trackId);
      throw error;
    }
    this.forget(trackId);
  }
}
