/** Every bound of the storage adapters, with its unit and reason. */

/** PostgreSQL connections of one process. More than two per core of the server only queue inside it. */
export const databaseConnections = 10;
/** Statements waiting for a connection; further ones are refused at once instead of timing out in the queue. */
export const databaseQueue = 1_000;
/** Waiting for a connection: a new one, or one from the pool. */
export const databaseConnectMs = 5_000;
/** The server gives a statement up after this; the client a little later, when the server does not even say so. */
export const databaseStatementMs = 30_000;
export const databaseGraceMs = 5_000;
/** A transaction that its client forgot holds locks no longer than this. */
export const databaseIdleInTransactionMs = 60_000;

/** Events of one append: 10 to 40 ms of PostgreSQL; more only make each wait longer. */
export const journalEvents = 2_000;
/** Characters of an operation's id and of an actor's name (they are in two indexes), bytes of an event as JSON. */
export const journalOpIdLength = 64;
export const journalActorLength = 200;
export const journalEventBytes = 64 * 1024;
/** Changes of reminders in one append: 9 for each event, or turn without one. Characters of a reminder's name: it is in the ids of the operations it leads to. */
export const journalReminders = 20_000;
export const reminderNameLength = 40;
/** Events read in one call; at the usual 200 to 400 bytes, 2 MB. */
export const journalPage = 5_000;
/** Operations looked up in one call. */
export const journalFind = 1_000;
/** Events forgotten in one call: some hundred ms of deleting. */
export const journalTrim = 10_000;
/** Bytes of a snapshot as JSON: ten times a playlist of 10,000 items. */
export const snapshotBytes = 16 * 1024 * 1024;

/** An append that takes longer has an unknown outcome. The server gives it up a little earlier, so that it does not linger. */
export const appendMs = 5_000;
/** A lease statement that takes longer is worth less than another try: three must fit into a lease. */
export const leaseMs = 2_000;
/** How much earlier than the client the server gives up. */
export const lineGraceMs = 250;
/** Calls waiting for a connection of their own; its callers send one at a time, or few. */
export const lineQueue = 100;
/** Longest lease: a dead node's actors stay away as long. */
export const longestLeaseMs = 10 * 60_000;
/** Characters of a node's name, and types it hosts. */
export const nodeNameLength = 200;
export const nodeTypes = 100;
/** Shards of one claim or release: all of forty types. */
export const claimShards = 10_240;
/** A life whose lease ended so long ago, and whose shards nobody wanted, is forgotten when another node joins. */
export const deadNodeMs = 60 * 60_000;

/** Listening events of one statement, and of one call: some 20 ms of PostgreSQL. */
export const eventsAtOnce = 2_000;
/** Events that wait for the statement under way: ten statements, about 10 MB; who comes then is told to come again. */
export const eventsWaiting = 20_000;
/** Age of an event that is still taken: a device that was offline for a month. In days. */
export const eventOldestDays = 40;
/** How far a clock may be ahead: every day that somebody names gets a partition. */
export const eventAheadMs = 10 * 60_000;
/** Days that may be dropped: older than what is taken, by more than clocks differ. */
export const eventDropDays = 42;
/** Characters of ids in an event, and of its context; they are in an index, or in every row. */
export const eventIdLength = 100;
export const eventContextLength = 200;
/** Events read in one call; at some 300 bytes, 1.5 MB. */
export const eventPage = 5_000;
/** Characters of a group's name. */
export const eventGroupLength = 100;
/** DDL of partitions waits for others no longer: inserts queue behind it. */
export const eventLockMs = 2_000;

/** Entries of one save, and bytes of one's body: a queue of 2,000 items. */
export const mirrorEntries = 2_000;
export const mirrorBodyBytes = 256 * 1024;
/** Bytes sent at once; a save of more goes in parts, one after another. */
export const mirrorPartBytes = 1024 * 1024;
/** Entries loaded by one statement of PostgreSQL, and those that may wait: all actors of a node that died, on one of two others. */
export const mirrorLoads = 100;
export const mirrorLoadsWaiting = 100_000;
/** A part of a save, or a load, that takes PostgreSQL longer is given up; on Redis, as a command of the cache. */
export const mirrorMs = 2_000;
/** How long an entry is kept when nothing changes, in days; and that it was forgotten. */
export const mirrorDays = 30;
export const mirrorTombstoneMs = 60 * 60_000;
/** A process looks for what is too old this often, and deletes so many at a time. */
export const mirrorSweepMs = 60 * 60_000;
export const mirrorSwept = 1_000;

/** Waiting for another node that is migrating the same database. */
export const migrationLockMs = 120_000;

/** Bytes of keys and values the in-process cache holds; what was used last stays. */
export const cacheBytes = 64 * 1024 * 1024;
export const cacheKeyLength = 512;
/** A cache slower than this is worse than none. */
export const cacheCommandMs = 1_000;

/** Length of an object key; S3 allows 1,024 bytes, file systems 255 per segment. */
export const objectKeyLength = 512;
/** Largest object; objects are held in memory whole. */
export const objectBytes = 1024 * 1024 * 1024;
/** S3 requests in flight per process. */
export const objectRequests = 32;
export const objectRequestMs = 30_000;
export const objectConnectMs = 3_000;

/** Characters of a topic, and bytes of one message to it: four of the largest events. */
export const topicLength = 200;
export const topicMessageBytes = 256 * 1024;
/** Listeners of one process: ten topics for each socket of a full gateway, about 0.3 kB each here and at the NATS server. */
export const topicListeners = 200_000;
/** Messages that wait: for their turn in one process, for the server to confirm them in a cluster. A second of the busiest node. */
export const topicPendingBytes = 16 * 1024 * 1024;
/** The bus's answer to a PING. */
export const topicAnswerMs = 2_000;
/** Gaps within this time are told once. */
export const topicGapQuietMs = 100;
/** A topic is probed for listeners this often: the last one's leaving is noticed by the next probe, and so is a listener of whom the publisher was not told. */
export const topicProbeMs = 30_000;
/** Topics that a publisher knows about, about 0.2 kB each: as many as a node has actors. */
export const topicsProbed = 200_000;
