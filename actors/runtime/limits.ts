/** Every bound of the actor runtime, with unit and reason. */

export const limits = {
  /** Shards per actor type. For ever: a key's shard must never change. About ten times the most nodes we plan for. */
  shards: 256,
  /** How long a node's lease lasts: a killed node's actors are elsewhere this long after its last renewal. */
  leaseMs: 6_000,
  /** A renewal is tried this often: three may fail before the lease is lost. */
  renewMs: 1_500,
  /** A node stops this long before its lease ends on its own clock: clocks may run at slightly different speeds. */
  leaseMarginMs: 500,
  /** How often a node looks who is alive, between renewals: a dead node's shards are claimed this long after its lease ended. */
  lookMs: 500,
  /** How long a node without actors of its own (a gateway) waits to be told who owns what. */
  viewMs: 2_000,
  /** Shards that a node gives away at once: each is away for as long as all of them take to be committed, released, claimed and loaded. */
  movesPerRound: 16,

  /** Calls that wait for one actor: to be loaded, or for their commit. A release's hot playlist has some thousand editors. */
  waitingPerActor: 4_096,
  /** Calls that wait on one node, all actors together. At 30 us a call this is half a second of work. */
  waitingPerNode: 20_000,
  /** Actors in memory; the one used longest ago goes first. */
  activations: 200_000,
  /** Snapshots being saved at once. */
  saving: 2,
  /** Actors being loaded at once; more only queue in the database. */
  loading: 64,
  /** An actor nobody called for this long is packed: state as bytes, no memory of operations. */
  packAfterMs: 10_000,
  /** An actor nobody called for this long is dropped. */
  passivateAfterMs: 10 * 60_000,
  /** Ids of the last operations an active actor remembers; older ones the journal knows. */
  opIds: 256,

  /** Events of one commit: about 400 kB, 10 ms of PostgreSQL. */
  commitEvents: 2_000,
  /** An actor's state is saved after this many events: loading replays at most so many. */
  snapshotEvery: 200,
  /** Events kept behind a snapshot: what a client may have missed and still read. */
  eventsKept: 5_000,

  /** Soft actors in memory, about 1 kB each when nobody calls them: a million sessions fit a node that is given 2 GB. */
  softActivations: 1_000_000,
  /** How old a soft actor's copy in the mirror may be: what changes meanwhile shares a save. And how many are saved at once, about 1 kB each. */
  mirrorMs: 200,
  mirroredAtOnce: 500,
  /** How long a hand-over repeats a save that failed, and the pause before the mirror is asked again: a connection that was lost, not a mirror that is away. */
  flushMs: 1_000,
  mirrorRetryMs: 100,
  /** Operations that a soft actor remembers, over a loss too: those of a person in the last minute, or of a group in the last seconds. About 200 bytes each, of every session that is used. */
  softOpIds: 32,
  /** A soft actor nobody called for this long is packed, and forgets its operations: longer than any caller repeats one. */
  softPackAfterMs: 60_000,
  /** Pause before listening events are offered to the log again, and how long they are. */
  logRetryMs: 250,
  /** Listening events of one actor offered at once: a quarter of what the log takes. A turn's are never parted. */
  loggedAtOnce: 500,
  logMs: 30_000,

  /** Reminders that one turn sets or cancels, and that one actor has: so many rows its load brings. */
  remindersPerTurn: 8,
  remindersPerActor: 100,
  /** How often a node asks which reminders of its shards are due soon; it holds those of twice this time. Those that it sets itself it knows. */
  reminderPollMs: 5_000,
  /** Reminders that a node holds, about 300 bytes each. */
  remindersHeld: 1_000,
  /** Reminders being delivered at once: as many as actors are loaded at once. */
  remindersAtOnce: 64,
  /** First pause after a delivery that could not be tried (no room, the store away), and the pause between two questions when there is more than a node holds. */
  reminderRestMs: 500,
  /** First pause after a turn that failed, doubled each time; the longest; and how many are tried: in all about five hours, time for a deployment that mends it. */
  reminderRetryMs: 1_000,
  reminderRetryMaxMs: 3_600_000,
  reminderAttempts: 16,

  /** Calls of one message between nodes, and messages under way to one node. */
  batchCalls: 512,
  batchesInFlight: 4,
  /** Calls that wait in one router for an answer. */
  routed: 50_000,
  /** How long a call may take when its caller does not say, with all repetitions. */
  callMs: 10_000,
  /** One attempt of it: the owner may be paused and never answer. */
  attemptMs: 3_000,
  /** First pause before a call is repeated; doubled each time, with jitter. */
  retryMs: 20,
  retryMaxMs: 500,

  /** Stopping: how long calls in progress may take to be committed. Well below the lease. */
  drainMs: 3_000,
} as const;

/** The bounds, for tests and simulations that want other ones. */
export type Limits = { readonly [K in keyof typeof limits]: number };
