/** What a running presence service holds beside its actors. */
import type { LRUCache } from "lru-cache";
import { whileRunning } from "../running.ts";
import type { TrackFacts } from "../track-facts.ts";
import type { SeeReply } from "./actor.ts";
import type { Follows } from "./follows.ts";
import type { Social } from "./social.ts";
import type { Telling } from "./telling.ts";

/** What `presence.see` answers. */
export type Seen = SeeReply & { readonly epoch: number };

export interface Running {
  readonly social: Social;
  readonly follows: Follows;
  readonly tracks: TrackFacts;
  readonly telling: Telling;
  /** What popular accounts were seen to play a moment ago. */
  readonly popular: LRUCache<string, Seen>;
}

export const { close, open, running } = whileRunning<Running>("presence");
