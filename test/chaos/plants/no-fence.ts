/** Planted bug: an append is taken from whoever sends it. The run takes the key of the journal away too (plants/index.ts). */
import { isAppend, plant } from "./query.ts";

plant((statement, go) => {
  if (!isAppend(statement)) return go(statement);
  return go({ ...statement, text: statement.text.replace(/\nwhere exists \(select from life\).*$/s, "") });
});
