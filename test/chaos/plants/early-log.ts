/** Planted bug: the listening log says that it has events before it has. What fails later, fails where nobody listens. */
import { isLogged, plant } from "./query.ts";

/** Said now, written so much later: as if the log were flushed by a timer. */
const laterMs = 400;

plant((statement, go) => {
  if (!isLogged(statement)) return go(statement);
  setTimeout(() => void Promise.resolve(go(statement)).catch(() => {}), laterMs);
  return Promise.resolve({ rowCount: 0, rows: [] });
});
