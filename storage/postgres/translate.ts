/**
 * What `pg` and the server say, in the words of the port: StorageUnavailable when no answer can be had now,
 * StatementRefused when the server answered no.
 */
import { types } from "node:util";
import { DatabaseError } from "pg";
import { StatementRefused, StorageUnavailable } from "../errors.ts";

/** SQLSTATE of a server that is stopping, starting, full, or that gave the statement up. Class 08 is the connection itself. */
const unavailable = new Set(["57P01", "57P02", "57P03", "57P05", "53300", "57014", "25P03"]);

/** Messages of `pg` that carry no code. */
const lost = /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed|Cannot use a pool after calling end|Connection ended unexpectedly)/;

/** `error` as the port's callers see it; errors of other origin (a caller's own, inside a transaction) stay what they are. */
export function translate(error: unknown): unknown {
  if (error instanceof DatabaseError) {
    const code = error.code ?? "XX000";
    if (code.startsWith("08") || unavailable.has(code)) return new StorageUnavailable(`the database gave no answer: ${error.message}`, { cause: error });
    return new StatementRefused(error.message, { code, constraint: error.constraint }, { cause: error });
  }
  if (!types.isNativeError(error)) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall !== undefined || (error.name === "AggregateError" && code !== undefined) || code === "EPIPE" || code === "ECONNRESET" || lost.test(error.message)) {
    return new StorageUnavailable(`the database cannot be reached: ${error.message || code}`, { cause: error });
  }
  return error;
}
