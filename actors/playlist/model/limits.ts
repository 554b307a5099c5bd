/** Every bound of a playlist, with unit and reason. */

export const limits = {
  /** Items of a playlist. Its state is then about 1 MB, and a copy of it reaches a phone in a second. */
  items: 10_000,
  /** Characters. A name stands in lists; a description on a page. */
  name: 200,
  description: 1_000,
  /** Invited editors. */
  collaborators: 100,
  /** Links that are good at one time. */
  shareLinks: 50,
  /** Longest life of a link. */
  shareMs: 365 * 24 * 3_600_000,
  /** Users who came by a link. They may read a private playlist, so each is known by name. */
  joined: 10_000,

  /** Tracks that one op adds: an album, a box set. */
  tracksPerOp: 100,
  /** Items that one op moves or removes: the undo of it, which holds the items whole, still fits into the 64 KiB of a journal's event. */
  itemsPerOp: 200,
  /** Ops of one call: what a device did in an hour offline takes a few calls. */
  opsPerCall: 100,
  /** Characters of an opId, so that "<opId>-99" is an item id. */
  opId: 60,
  /** Characters of any other id. */
  id: 64,
  /** Devices in a vector clock. */
  clockEntries: 256,

  /**
   * Places that nobody stands in any more (items removed, items moved away): what "after" an item that is gone refers to, and where undo
   * puts it back. As many as the list has items, within these: more than one op removes, so that its undo finds them. A quarter more may gather before the oldest are forgotten, since that walks the list.
   */
  placesKeptLeast: 256,
  placesKeptMost: 2_000,
  /** The vector clock of an edit is kept for so many events. */
  clocksKept: 256,
  /** Concurrent last edits of one item that are told apart. */
  heads: 16,
  /** Items in the undo records of all users together. */
  undoItems: 2_000,
  /** A list whose positions are closer than this is renumbered in the background; doubles next to 10,000 end at 2e-12. */
  compactBelowGap: 1e-6,
  /** Edits of one copy that wait for the ones they rest on. */
  waiting: 1_000,
} as const;
