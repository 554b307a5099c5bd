/**
 * Where a group is at a time: arithmetic, the same on the server and in every client, so that nobody needs to be told while
 * the music goes on. Times are ms since 1970 by the server's clock.
 */

export interface Item {
  readonly itemId: string;
  readonly trackId: string;
  readonly durationMs: number;
  /** Account. */
  readonly addedBy: string;
}

export interface Playback {
  readonly itemId: string;
  readonly trackId: string;
  readonly durationMs: number;
  /** Where the track is at `at`. */
  readonly positionMs: number;
  /** May lie a little ahead: a common start. Before it nobody sounds. */
  readonly at: number;
  readonly isPlaying: boolean;
}

/** A place in a queue. Without a playback, `index` is what would be played next: the queue's length after its end. */
export interface Place {
  readonly index: number;
  readonly playback: Playback | null;
}

type Played = Pick<Item, "itemId" | "trackId" | "durationMs">;

/** Position at `now`, within the track. */
export function positionAt({ positionMs, durationMs, at, isPlaying }: Playback, now: number): number {
  return isPlaying ? Math.min(durationMs, positionMs + Math.max(0, now - at)) : positionMs;
}

/** When the track is over if nobody intervenes; undefined while it does not play. */
export function endsAt({ positionMs, durationMs, at, isPlaying }: Playback): number | undefined {
  return isPlaying ? at + durationMs - positionMs : undefined;
}

/** An item from `positionMs` on. */
export function playbackOf({ itemId, trackId, durationMs }: Played, positionMs: number, at: number, isPlaying: boolean): Playback {
  return { itemId, trackId, durationMs, positionMs, at, isPlaying };
}

/** The place at `now`: tracks that are over by then have been followed by the next, each from the moment when the one before ended. */
export function placeAt(queue: readonly Played[], place: Place, now: number): Place {
  let { index, playback } = place;
  while (playback !== null) {
    const end = endsAt(playback);
    if (end === undefined || end > now) break;
    index += 1;
    const item = queue[index];
    playback = item === undefined ? null : playbackOf(item, 0, end, true);
  }
  return playback === place.playback ? place : { index, playback };
}
