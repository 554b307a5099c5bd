/** Import jobs as rows: progress and failures that survive the process, and the word that a job is still alive. */
import { randomBytes } from "node:crypto";
import type { Database } from "../../storage/index.ts";
import { limits } from "./limits.ts";

export type JobState = "scanning" | "running" | "done" | "stopped" | "failed";

export interface JobCounts {
  readonly found: number;
  readonly imported: number;
  readonly skipped: number;
  readonly failed: number;
}

export interface JobFailure {
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

export interface JobRow extends JobCounts {
  readonly id: string;
  readonly path: string;
  readonly state: JobState;
  readonly failures: readonly JobFailure[];
}

/** A job not heard of for this long has no process any more. */
const silentMs = 30_000;

const shown = 100;

export class JobStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async start(path: string): Promise<string> {
    const id = randomBytes(16).toString("hex");
    await this.#database.query(`insert into import_job (id, path, state) values ($1, $2, 'scanning')`, [id, path]);
    return id;
  }

  /** Writes the progress of an active job. False when it is not active any more: someone stopped it. */
  async progress(id: string, state: JobState, counts: JobCounts): Promise<boolean> {
    const rows = await this.#database.query(
      `update import_job set state = $2, found = $3, imported = $4, skipped = $5, failed = $6, beat_at = now(),
         finished_at = case when $2 in ('scanning', 'running') then null else now() end
       where id = $1 and state in ('scanning', 'running') returning id`,
      [id, state, counts.found, counts.imported, counts.skipped, counts.failed],
    );
    return rows.length > 0;
  }

  /** Keeps a failure, as long as there are not too many. */
  async fail(id: string, failure: JobFailure): Promise<void> {
    await this.#database.query(
      `insert into import_failure (job_id, path, code, message)
       select $1, $2, $3, $4 where (select count(*) from import_failure where job_id = $1) < $5
       on conflict (job_id, path) do update set code = excluded.code, message = excluded.message`,
      [id, Buffer.from(asText(failure.path)).subarray(0, limits.failurePathBytes).toString(), failure.code, asText(failure.message), limits.failuresKept],
    );
  }

  /** Asks a job to stop, whichever process runs it: that one sees it at its next progress. */
  async stop(id: string): Promise<void> {
    await this.#database.query(`update import_job set state = 'stopped', finished_at = now() where id = $1 and state in ('scanning', 'running')`, [id]);
  }

  async read(id: string): Promise<JobRow | undefined> {
    await this.sweep();
    const [job] = await this.#database.query<Omit<JobRow, "failures">>(`select id, path, state, found, imported, skipped, failed from import_job where id = $1`, [id]);
    if (job === undefined) return undefined;
    const failures = await this.#database.query<JobFailure>(`select path, code, message from import_failure where job_id = $1 order by path limit $2`, [id, shown]);
    return { ...job, failures };
  }

  /** Marks jobs whose process died as stopped; starting the same folder again goes on where they were. */
  async sweep(): Promise<void> {
    await this.#database.query(
      `update import_job set state = 'stopped', finished_at = beat_at where state in ('scanning', 'running') and beat_at < now() - make_interval(secs => $1)`,
      [silentMs / 1000],
    );
  }
}

/** A file name is bytes; PostgreSQL takes no NUL and wants Unicode. */
function asText(text: string): string {
  return text.replaceAll("\0", "").toWellFormed();
}
