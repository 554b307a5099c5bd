/** Planted bug: an append says that it is done before it is. What fails later, fails where nobody listens. */
import { isAppend, plant } from "./query.ts";

/** Answered now, committed so much later: as if commits were flushed by a timer. */
const laterMs = 200;

plant((statement, go) => {
  if (!isAppend(statement)) return go(statement);
  const events = Buffer.from(statement.values?.[5] as Uint8Array);
  setTimeout(() => void Promise.resolve(go(statement)).catch(() => {}), laterMs);
  // One of an array in PostgreSQL's binary form: how many there are stands behind dimensions, flags and type.
  return Promise.resolve({ rowCount: events.readInt32BE(12), rows: [] });
});
