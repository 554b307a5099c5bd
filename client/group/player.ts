/** What a group needs of a player: that it starts at an exact time. group-player.ts is one over the page's; tests have simulated ones. */

export interface Played {
  readonly itemId: string;
  readonly trackId: string;
  readonly durationMs: number;
}

export interface HeardNow {
  readonly itemId: string;
  readonly positionMs: number;
}

export interface GroupPlayer {
  /** What sounds at this moment; null when nothing does: paused, or not ready yet. */
  heard(): HeardNow | null;
  /** Why `itemId` cannot be played, when that is known; "refused": there is no right to it, and asking again changes nothing. */
  trouble(itemId: string): "refused" | "failed" | null;
  /**
   * Sounds `item` so that it is at `positionMs` at `atMs` of one's own clock: silent until then, and when it is ready later only, it
   * comes in where it would be by then. `next` follows it without a gap.
   */
  start(item: Played, positionMs: number, atMs: number, next: Played | null): void;
  /** What follows on the item `after`, which sounds or is itself to follow: at a join the news of the next track may come before the last is over. */
  setNext(after: string, next: Played | null): void;
  /** Silence at once; ready to go on from `positionMs`. */
  hold(item: Played, positionMs: number, next: Played | null): void;
  stop(): void;
}
