/** Planted bug: a group of consumers reads what is committed, and not only what nothing older can come before any more. */
import { isGroupRead, plant } from "./query.ts";

plant((statement, go) => go(isGroupRead(statement) ? { ...statement, text: statement.text.replace("and tx < pg_snapshot_xmin(pg_current_snapshot())", "") } : statement));
