/** Every bound of the playlist service, with unit and reason. What one playlist may hold is in model/limits.ts. */

export const serviceLimits = {
  /** Playlists that one account owns. */
  playlistsPerOwner: 1_000,
  /** How long a link is good when nobody says. */
  shareMs: 7 * 24 * 3_600_000,

  /** Edits of one answer of `ops`, by default and at most. */
  opsPage: 200,
  opsPageMost: 500,
  /** Weight of one answer of `ops` (changed.ts), about a megabyte. */
  opsWeight: 1_000_000,
  /** Weight of one message to listeners: well below the 256 KiB that a topic takes. */
  messageWeight: 100_000,

  /** Tracks known to exist, about 100 bytes each. */
  tracksKnown: 200_000,
  /** Tracks of one question to the catalog. */
  tracksAsked: 500,
  trackCallMs: 5_000,

  /** Events of one step of the projection: some 10 ms, which edits on this node wait for. */
  projectedEvents: 500,
  /** Events since the last look are projected this often, when no commit here woke the projection. */
  projectEveryMs: 1_000,
  /** Pause between two looks: what is committed meanwhile shares the next. */
  projectRestMs: 25,
  /** The same when a look found a lot: rows that many edits change are then written once for all of them. */
  projectBusyRestMs: 1_000,
  projectBusyEvents: 20,
  /** Another node is projecting: how long until the next try, and how many before the timer's turn comes. */
  projectRetryMs: 20,
  projectRetries: 50,
  /** A change of one's own lists waits this long to be seen in them. */
  projectedWaitMs: 1_000,
} as const;
