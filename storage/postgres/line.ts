/**
 * A connection of its own to PostgreSQL, beside the pool: what waits for a busy pool cannot hold it up.
 *
 * Calls run one after another and each ends within the line's deadline, counted from the call, connecting and waiting
 * included; then the connection is closed and the outcome unknown. The server gives each statement up a little earlier, so
 * that nothing of a call is still running long after its caller was told. A connection that failed is never used again; the
 * next call makes another. It is made by the first call: a node that has no use for a line has none.
 */
import { Client, type QueryResult, type QueryResultRow } from "pg";
import { StatementRefused, StorageUnavailable } from "../errors.ts";
import { lineGraceMs, lineQueue } from "../limits.ts";
import { parsers, statementName } from "./database.ts";
import { translate } from "./translate.ts";

/** Runs one prepared statement on the line. Buffers travel in PostgreSQL's binary form, everything else as text. */
export type Ask = <Row extends QueryResultRow>(sql: string, values: readonly unknown[]) => Promise<QueryResult<Row>>;

export class Line {
  readonly #url: string;
  readonly #name: string;
  readonly #deadlineMs: number;
  readonly #settings: Readonly<Record<string, string>>;
  #client: Client | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #isClosed = false;

  /** `name` shows in pg_stat_activity. `settings` of the server hold for this connection. */
  constructor(url: string, name: string, deadlineMs: number, settings: Readonly<Record<string, string>> = {}) {
    this.#url = url;
    this.#name = name;
    this.#deadlineMs = deadlineMs;
    this.#settings = settings;
  }

  /** Runs `work`; what it throws that is not storage's own is thrown as it is. Once more when the server says that is worth it. */
  run<T>(work: (ask: Ask) => Promise<T>): Promise<T> {
    if (this.#isClosed) return Promise.reject(new StorageUnavailable("the database is closed"));
    if (this.#waiting >= lineQueue) return Promise.reject(new StorageUnavailable(`${lineQueue} calls are waiting for the database`));
    this.#waiting += 1;
    const deadline = performance.now() + this.#deadlineMs;
    const outcome = this.#last
      .then(() => this.#attempt(work, deadline))
      .catch((error: unknown) => {
        if (error instanceof StatementRefused && error.retryable) return this.#attempt(work, deadline);
        throw error;
      })
      .finally(() => {
        this.#waiting -= 1;
      });
    this.#last = outcome.catch(() => {});
    return outcome;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#last;
    const client = this.#client;
    if (client === undefined) return;
    const timer = setTimeout(() => this.#drop(), lineGraceMs);
    await client.end();
    clearTimeout(timer);
  }

  async #attempt<T>(work: (ask: Ask) => Promise<T>, deadline: number): Promise<T> {
    // It spent its time waiting for others: nothing is sent for a caller who is told no.
    if (performance.now() >= deadline) throw this.#late();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(this.#late()), deadline - performance.now());
    });
    try {
      return await Promise.race([this.#connected(deadline).then((client) => work(asking(client))), late]);
    } catch (error) {
      const said = translate(error);
      if (said instanceof StorageUnavailable) this.#drop();
      throw said;
    } finally {
      clearTimeout(timer);
    }
  }

  async #connected(deadline: number): Promise<Client> {
    if (this.#client !== undefined) return this.#client;
    const client = new Client({
      connectionString: this.#url,
      application_name: `ensemble ${this.#name}`.slice(0, 63),
      connectionTimeoutMillis: Math.max(1, Math.ceil(deadline - performance.now())),
      statement_timeout: this.#deadlineMs - lineGraceMs,
      options: Object.entries(this.#settings).map(([name, value]) => `-c ${name}=${value}`).join(" "),
      keepAlive: true,
      types: parsers,
    });
    const gone = () => {
      if (this.#client === client) this.#client = undefined;
    };
    client.on("error", gone);
    client.on("end", gone);
    this.#client = client;
    await client.connect().catch((error: unknown) => {
      gone();
      throw error;
    });
    return client;
  }

  #late(): StorageUnavailable {
    return new StorageUnavailable(`the database gave no answer within ${this.#deadlineMs} ms`);
  }

  /** The socket goes at once: a server that does not answer would not say goodbye either. */
  #drop(): void {
    this.#client?.connection.stream.destroy();
    this.#client = undefined;
  }
}

function asking(client: Client): Ask {
  return async (sql, values) => {
    try {
      return await client.query({ name: statementName(sql), text: sql, values: [...values] });
    } catch (error) {
      throw translate(error);
    }
  };
}
