/** What a running group service holds beside its actors. */
import { whileRunning } from "../running.ts";
import type { TrackFacts } from "../track-facts.ts";
import type { Guesses } from "./guesses.ts";
import type { Sessions } from "./sessions.ts";
import type { GroupTable } from "./table.ts";
import type { Telling } from "./telling.ts";

export interface Running {
  readonly table: GroupTable;
  readonly tracks: TrackFacts;
  readonly guesses: Guesses;
  readonly telling: Telling;
  readonly sessions: Sessions;
}

export const { close, ifRunning, open, running } = whileRunning<Running>("group");
