/**
 * The Database port on a PostgreSQL server, through `pg`.
 *
 * Promises: at most `databaseConnections` connections; every statement ends, by its answer or by a deadline; a
 * connection that failed is never used again; `int8` arrives as a number (a bigint beyond 2^53), `date` as text,
 * `numeric` as text, `timestamptz` as Date. An array is an SQL array; a JSON array goes through json().
 */
import { Pool, types, type CustomTypesConfig, type PoolClient, type QueryResultRow } from "pg";
import { StatementRefused, StorageUnavailable } from "../errors.ts";
import { databaseConnectMs, databaseConnections, databaseGraceMs, databaseIdleInTransactionMs, databaseQueue, databaseStatementMs } from "../limits.ts";
import type { Database, Queryable, SqlValue } from "../ports.ts";
import { translate } from "./translate.ts";

/** Types by the number PostgreSQL sends: int8 and date. */
const int8 = 20;
const date = 1082;

/** How values of each type arrive. */
export const parsers: CustomTypesConfig = {
  getTypeParser(oid: number, format?: "text" | "binary") {
    if (oid === int8 && format !== "binary") return parseInt8;
    // A day is not an instant: pg would make it midnight in the zone of this process.
    if (oid === date && format !== "binary") return (text: string) => text;
    return types.getTypeParser(oid, format);
  },
};

function parseInt8(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

/** `value` as a jsonb parameter. Plain objects need none of this; arrays do, because an array parameter is an SQL array. */
export function json(value: unknown): string {
  return JSON.stringify(value);
}

const ignore = () => {};

/**
 * Opens a pool and proves that the server answers. Throws StorageUnavailable. `name` shows in pg_stat_activity; the
 * server gives a statement up after `statementMs`.
 */
export async function openDatabase(url: string, name: string, statementMs: number = databaseStatementMs): Promise<Database> {
  const pool = new Pool({
    connectionString: url,
    application_name: `ensemble ${name}`.slice(0, 63),
    max: databaseConnections,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: databaseConnectMs,
    statement_timeout: statementMs,
    query_timeout: statementMs + databaseGraceMs,
    idle_in_transaction_session_timeout: databaseIdleInTransactionMs,
    keepAlive: true,
    types: parsers,
  });
  // An idle connection that breaks is dropped by the pool; without a listener it would end the process.
  pool.on("error", () => {});
  const database = new PostgresDatabase(pool);
  try {
    await database.query("select 1");
  } catch (error) {
    await database.close();
    throw error;
  }
  return database;
}

class PostgresDatabase implements Database {
  readonly #pool: Pool;
  #closed: Promise<void> | undefined;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  query<Row extends object>(sql: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    return this.#borrow((connection) => rows<Row>(connection, { text: sql, values: [...values] }));
  }

  prepared<Row extends object>(sql: string, values: readonly SqlValue[] = []): Promise<Row[]> {
    return this.#borrow((connection) => rows<Row>(connection, { name: statementName(sql), text: sql, values: [...values] }));
  }

  transaction<T>(body: (transaction: Queryable) => Promise<T>): Promise<T> {
    return this.#borrow(async (connection) => {
      await connection.query("begin");
      let open = true;
      // A forgotten await inside `body` would otherwise run on a connection that serves someone else by then.
      const inside = <Row extends object>(statement: Statement) => (open ? rows<Row>(connection, statement) : Promise.reject(new Error("this transaction has ended")));
      const transaction: Queryable = {
        query: <Row extends object>(sql: string, values: readonly SqlValue[] = []) => inside<Row>({ text: sql, values: [...values] }),
        prepared: <Row extends object>(sql: string, values: readonly SqlValue[] = []) => inside<Row>({ name: statementName(sql), text: sql, values: [...values] }),
      };
      try {
        const answer = await body(transaction);
        open = false;
        const { command } = await connection.query("commit");
        // The server answers a commit after a refused statement with ROLLBACK, and calls that a success.
        if (command !== "COMMIT") throw new StatementRefused("the transaction was rolled back: a statement in it had failed", { code: "25P02" });
        return answer;
      } catch (error) {
        open = false;
        await connection.query("rollback");
        throw error;
      }
    });
  }

  async durability(): Promise<{ fsync: string; synchronousCommit: string; fullPageWrites: string }> {
    const [settings] = await this.query<{ fsync: string; synchronousCommit: string; fullPageWrites: string }>(
      `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as "synchronousCommit", current_setting('full_page_writes') as "fullPageWrites"`,
    );
    if (settings === undefined) throw new StorageUnavailable("the database did not show its settings");
    return settings;
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#pool.end());
  }

  /** Runs `work` on a connection of its own. Unlike pool.query, a refused statement does not cost the connection. */
  async #borrow<T>(work: (connection: PoolClient) => Promise<T>): Promise<T> {
    if (this.#closed !== undefined) throw new StorageUnavailable("the database is closed");
    if (this.#pool.waitingCount >= databaseQueue) throw new StorageUnavailable(`${databaseQueue} statements are waiting for the database`);
    let connection: PoolClient;
    try {
      connection = await this.#pool.connect();
    } catch (error) {
      throw translate(error);
    }
    // While it is ours, a break shows in the statement that waits; the event has nobody else to tell.
    connection.on("error", ignore);
    let broken = false;
    try {
      return await work(connection);
    } catch (error) {
      const said = translate(error);
      broken = said instanceof StorageUnavailable;
      throw said;
    } finally {
      connection.off("error", ignore);
      connection.release(broken);
    }
  }
}

interface Statement {
  /** Given: prepared under this name. */
  readonly name?: string;
  readonly text: string;
  readonly values: SqlValue[];
}

const statementNames = new Map<string, string>();

/** One name per text, so that no two texts ever meet under one name on a connection. */
export function statementName(sql: string): string {
  const known = statementNames.get(sql);
  if (known !== undefined) return known;
  const name = `s${statementNames.size}`;
  statementNames.set(sql, name);
  return name;
}

async function rows<Row extends object>(connection: PoolClient, statement: Statement): Promise<Row[]> {
  try {
    return (await connection.query<Row & QueryResultRow>(statement)).rows;
  } catch (error) {
    throw translate(error);
  }
}
