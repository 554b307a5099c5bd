/** What a running session service holds beside its actors. */
import { whileRunning } from "../running.ts";
import type { Telling } from "../telling.ts";
import type { TrackFacts } from "../track-facts.ts";
import type { Stamped } from "./changed.ts";

export interface Running {
  readonly tracks: TrackFacts;
  readonly telling: Telling<Stamped>;
  /** Accounts whose calls wait for the catalogue: what comes after them waits too. */
  readonly asking: Map<string, Promise<unknown>>;
}

export const { close, ifRunning, open, running } = whileRunning<Running>("session");
