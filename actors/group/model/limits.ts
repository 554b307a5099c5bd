/** Every bound of a group that listens together, with unit and reason. */

export const limits = {
  /** Who may control, or be allowed to: as many as people can agree about music. */
  members: 32,
  /** Who only listen: known by id, shown as a count. Each costs about 60 bytes, and every change of the group a message. */
  listeners: 1_000,
  /** Items: about 85 kB of state. */
  queue: 500,
  /** Tracks that one call adds: an album, a box set. */
  itemsPerCall: 100,
  /** Items that a client gives back after the state was lost: what fits into a body of 64 KiB. */
  itemsRestored: 250,
  /** Items of a queue that is sent along when it changed; longer ones are read by who shows them: 1,000 listeners are sent each message. */
  itemsTold: 100,
  /** Accounts that may not come back. The first is forgotten for the next. */
  kicked: 100,
  /** Characters of an opId, so that "<opId>-99" is an item's id. */
  opId: 60,

  /**
   * A common start lies so far ahead, ms: time for the message to reach everybody, and for the music to be decoded. Who needs longer
   * comes in where the others are.
   */
  startAheadMs: 400,
  /** A pause is taken where its sender heard it, if that is so near to where the group is, ms: more than a message takes. */
  pausedWithinMs: 3_000,
  /** "Previous" goes back to the start of the track once so much of it was heard, ms. */
  restartAfterMs: 3_000,

  /** Who is not heard of for so long is out, ms. Clients say that they are here every 30 s. */
  silentMs: 5 * 60_000,
  /** That somebody is here is noted when the last note is so old, ms: the actor remembers 256 operations, and each note is one. */
  noteAfterMs: 60_000,
  /** After the state was lost: how long the host alone may give it back, ms. */
  hostRestoresMs: 10_000,
  /** A group ends by itself after this time, ms. */
  lifeMs: 12 * 3_600_000,
} as const;
