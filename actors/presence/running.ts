/** What a running presence service holds beside its actors. */
import type { LRUCache } from "lru-cache";
import { whileRunning } from "../running.ts";
import type { Telling } from "../telling.ts";
import type { TrackFacts } from "../track-facts.ts";
import type { SeeReply } from "./actor.ts";
import type { Follows } from "./follows.ts";
import type { Facts } from "./model/index.ts";
import type { Social } from "./social.ts";

/** What `presence.see` answers. */
export type Seen = SeeReply & { readonly epoch: number };

export interface Running {
  readonly social: Social;
  readonly follows: Follows;
  readonly tracks: TrackFacts;
  readonly telling: Telling<Facts>;
  /** What popular accounts were seen to play a moment ago. */
  readonly popular: LRUCache<string, Seen>;
}

export const { close, open, running } = whileRunning<Running>("presence");
