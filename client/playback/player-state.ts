/** What a page shows of the player. */
import type { TierName } from "../../audio/index.ts";
import type { PlaybackError } from "../errors.ts";
import type { Quality } from "../shapes.ts";
import type { QueueItem } from "./play-queue.ts";

export type PlayerStatus = "idle" | "loading" | "playing" | "paused" | "buffering" | "ended" | "error";

export interface PlayerState {
  readonly status: PlayerStatus;
  readonly item: QueueItem | null;
  readonly queue: readonly QueueItem[];
  readonly index: number;
  readonly quality: Quality;
  /** Tiers the listener may use for this track; null before they are known. */
  readonly available: readonly TierName[] | null;
  /** Tier that is heard, and its real mean bit rate. */
  readonly tier: TierName | null;
  readonly kbps: number | null;
  /** Names this playing of the track to the service; null before it was granted. */
  readonly playbackId: string | null;
  readonly volume: number;
  readonly normalised: boolean;
  readonly error: PlaybackError | null;
}
