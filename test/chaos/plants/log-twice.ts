/** Planted bug: the listening log takes what it has already. The run takes its key away too (plants/index.ts). */
import { isLogged, plant } from "./query.ts";

plant((statement, go) => go(isLogged(statement) ? { ...statement, text: statement.text.replace("on conflict do nothing", "") } : statement));
