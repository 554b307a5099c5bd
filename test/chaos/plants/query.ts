/**
 * How a planted bug gets into a node: a module that Node loads before ours (NODE_OPTIONS=--import) and that changes what a node says to
 * PostgreSQL. The product has no switch for it and knows nothing of it.
 */
import { Client } from "pg";

interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values?: unknown[];
}

type Query = (this: Client, statement: unknown, ...rest: unknown[]) => unknown;

/** The append to the journal, by its text. */
export const isAppend = (statement: unknown): statement is Statement => /insert into journal\b/.test(textOf(statement));

/** What puts events into the listening log, and what reads a page of it for a group. */
export const isLogged = (statement: unknown): statement is Statement => textOf(statement).includes("insert into listening_event");
export const isGroupRead = (statement: unknown): statement is Statement => textOf(statement).includes("and tx < pg_snapshot_xmin");

const textOf = (statement: unknown): string => (typeof statement === "object" && statement !== null && "text" in statement ? String(statement.text) : "");

/** Passes every statement of this process through `change`, which calls `go` with what PostgreSQL is to be asked. */
export function plant(change: (statement: unknown, go: (statement: unknown) => unknown) => unknown): void {
  // oxlint-disable-next-line typescript/unbound-method -- called with the client it is asked of
  const original = Client.prototype.query as Query;
  Client.prototype.query = function query(this: Client, statement: unknown, ...rest: unknown[]) {
    return change(statement, (changed) => original.call(this, changed, ...rest));
  } as typeof Client.prototype.query;
}
