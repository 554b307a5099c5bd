/**
 * The table of groups: who may come in, and who is host. It is the truth; what a group plays is not in it.
 *
 * `note` writes what the actor has become, behind its back: the later of two wins, whoever writes them, and one that the database
 * does not take is tried again. `noted` is for callers who want to be answered after that.
 */
import { setTimeout as pause } from "node:timers/promises";
import { StorageUnavailable, type Database } from "../../storage/index.ts";
import { Conflict, Gone, Unavailable } from "../errors.ts";
import { serviceLimits } from "./limits.ts";
import { limits, type Kept } from "./model/index.ts";
import { newCode } from "./secrets.ts";

export interface Note {
  readonly epoch: number;
  readonly n: number;
  readonly hostId: string;
  readonly kicked: readonly string[];
  readonly isEnded: boolean;
}

interface Row {
  readonly id: string;
  readonly code: string;
  readonly token_hash: string;
  readonly host_id: string;
  readonly kicked: string[];
  readonly created_at: Date;
  readonly ended_at: Date | null;
}

const columns = "id, code, token_hash, host_id, kicked, created_at, ended_at";
const keptOf = ({ code, token_hash, host_id, kicked, created_at }: Row): Kept => ({ code, tokenHash: token_hash, hostId: host_id, kicked, startedAt: created_at.getTime() });
const oldest = (now: number) => new Date(now - limits.lifeMs);

export class GroupTable {
  readonly #database: Database;
  readonly #failed: (error: unknown) => void;
  /** The last word on each group that is being written. */
  readonly #notes = new Map<string, { latest: Note | undefined; readonly done: Promise<void> }>();

  constructor(database: Database, failed: (error: unknown) => void) {
    this.#database = database;
    this.#failed = failed;
  }

  /** The row of a group that lives. */
  async living(groupId: string, now: number): Promise<Kept | undefined> {
    const [row] = await this.#database.prepared<Row>(`select ${columns} from listening_group where id = $1 and ended_at is null and created_at > $2`, [groupId, oldest(now)]);
    return row === undefined ? undefined : keptOf(row);
  }

  async byCode(code: string, now: number): Promise<string | undefined> {
    const [row] = await this.#database.prepared<Row>(`select ${columns} from listening_group where code = $1 and ended_at is null and created_at > $2`, [code, oldest(now)]);
    return row?.id;
  }

  /** Makes the row of a new group, or answers that of one that was begun by the same operation. Throws Gone, Conflict. */
  async begin(groupId: string, hostId: string, tokenHash: string, now: number): Promise<Kept> {
    for (let tries = 0; tries < serviceLimits.codeTries; tries++) {
      const [known] = await this.#database.prepared<Row>(`select ${columns} from listening_group where id = $1`, [groupId]);
      if (known !== undefined) {
        if (known.ended_at !== null || known.created_at <= oldest(now)) throw new Gone("GROUP_ENDED", "This group has ended.");
        return keptOf(known);
      }
      if (tries === 0) await this.#makeRoom(hostId, now);
      await this.#database.prepared("insert into listening_group (id, code, token_hash, host_id, created_at) values ($1, $2, $3, $4, $5) on conflict do nothing", [groupId, newCode(), tokenHash, hostId, new Date(now)]);
    }
    throw new Unavailable("UNAVAILABLE", "No code is free at the moment.", 1_000);
  }

  async #makeRoom(hostId: string, now: number): Promise<void> {
    // A code is free again when its group's time is over, though nobody came to say so.
    await this.#database.prepared(
      `with stale as (select id from listening_group where created_at <= $1 and ended_at is null order by created_at limit $3),
            old as (delete from listening_group where id in (select id from listening_group where created_at <= $2 order by created_at limit $3))
       update listening_group set ended_at = created_at + interval '12 hours' where id in (select id from stale) and created_at > $2`,
      [oldest(now), new Date(now - serviceLimits.keptMs), serviceLimits.sweptAtOnce],
    );
    const most = serviceLimits.groupsPerHost;
    const [row] = await this.#database.prepared<{ hosted: number }>("select count(*)::int as hosted from listening_group where host_id = $1 and ended_at is null and created_at > $2", [hostId, oldest(now)]);
    if ((row?.hosted ?? 0) >= most) throw new Conflict("TOO_MANY_GROUPS", `An account hosts at most ${most} groups at a time. End one first.`, { limit: most });
  }

  /** Writes down what a group is now, soon. */
  note(groupId: string, note: Note): void {
    const writing = this.#notes.get(groupId);
    if (writing !== undefined) {
      writing.latest = note;
      return;
    }
    const entry = { latest: note as Note | undefined, done: Promise.resolve() };
    const done = this.#write(groupId, entry).finally(() => this.#notes.delete(groupId));
    this.#notes.set(groupId, Object.assign(entry, { done }));
  }

  /** Resolves when what was noted of a group is written, or was given up. */
  async noted(groupId: string): Promise<void> {
    await this.#notes.get(groupId)?.done;
  }

  async #write(groupId: string, entry: { latest: Note | undefined }): Promise<void> {
    const giveUpAt = performance.now() + serviceLimits.noteMs;
    for (let note = entry.latest; note !== undefined; note = entry.latest) {
      entry.latest = undefined;
      try {
        await this.#database.prepared(
          "update listening_group set host_id = $4, kicked = $5, ended_at = case when $6 then coalesce(ended_at, now()) end, epoch = $2, n = $3 where id = $1 and (epoch, n) < ($2, $3)",
          [groupId, note.epoch, note.n, note.hostId, note.kicked, note.isEnded],
        );
      } catch (error) {
        if (!(error instanceof StorageUnavailable) || performance.now() > giveUpAt) {
          this.#failed(error);
          return;
        }
        entry.latest ??= note;
        await pause(serviceLimits.noteRetryMs, undefined, { ref: false });
      }
    }
  }
}
