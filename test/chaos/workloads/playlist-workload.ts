/** What a workload on playlists is: how many there are, and what each caller does to them until the load ends. */
import type { Caller } from "../callers.ts";
import type { FinalRead } from "../check/state.ts";
import type { Violation } from "../check/violation.ts";
import type { History } from "../history.ts";

export interface PlaylistWorkload {
  /** How many playlists there are: few are hot, many spread over shards. */
  readonly playlists: number;
  readonly callers: number;
  /** How many of the callers come over REST (absent: two). A gateway lets one user do so many calls a minute. */
  readonly restCallers?: number;
  /** One round of one caller: an operation or some, then a moment's rest. */
  round(caller: Caller, playlists: readonly string[]): Promise<void>;
  /** Whether a remove may yield to an edit of the same item that its author did not know: then it does not always remove. */
  readonly mayYield?: true;
  /** What this workload promises besides what all do. */
  check?(history: History, reads: readonly FinalRead[]): Violation[];
}

/** So few are added to lists that each node knows them all soon: the first add of a track is checked against the catalog, and would keep a node without database from ever trying to append. */
export const popularTracks = 12;
export { trackOf } from "../listeners.ts";
