/** Every claim that is checked at the end of a run. Liveness and leaks are seen while it runs: world.ts. */
import type { Violation } from "../history.ts";
import { durable } from "./durable.ts";
import type { Evidence } from "./evidence.ts";
import { journal } from "./journal.ts";
import { once } from "./once.ts";
import { order } from "./order.ts";
import { ownership } from "./ownership.ts";
import { reads } from "./reads.ts";

export const check = (evidence: Evidence): Violation[] => [journal, once, durable, order, ownership, reads].flatMap((checker) => checker(evidence));
