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

  /** Playlists of one fold: some 10 ms, which edits on this node wait for. */
  projectedPlaylists: 250,
  /** Pause before what was committed is folded: what is committed meanwhile shares the fold. */
  projectRestMs: 25,
  /** The pause after a fold, in times that it took: folding takes a twentieth of the node. And how long it may become. */
  projectRestShare: 20,
  projectRestMostMs: 5_000,
  /** Edits in memory that wait for their fold, about 0.3 kB each: some seconds of the busiest node. */
  eventsPending: 100_000,
  /** The journal is searched for playlists that nobody folded this often, by one node; every node looks whether it is time. */
  sweepEveryMs: 10_000,
  sweepLookMs: 2_500,
  /** Events of one page of that search, and of the journal of a playlist that is behind. */
  changesRead: 5_000,
} as const;
