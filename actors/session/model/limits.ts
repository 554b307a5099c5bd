/** Every bound of a session, with unit and reason. */

export const limits = {
  /** Devices that are known; the one seen longest ago goes first. A household's phones, televisions and browsers, twice. */
  devices: 50,
  /** Items of a queue: about 200 kB in memory, 100 kB on their way to a device. */
  queue: 2_000,
  /** Tracks heard last. */
  history: 50,
  /** Playbacks that are remembered: what is heard, what is fetched ahead, and what clients may still report on without saying the track. */
  playbacks: 8,

  /** A device is online so long after its last report: four of them may be lost. */
  onlineMs: 45_000,
  /**
   * A device that plays and is silent for so long is taken for dead: it reports every 8 s, one report may be lost and the next late. With the lease of a node that dies in the same
   * moment (6 s), and the time until gateways ask again (3 s), friends see it within half a minute.
   */
  silentMs: 20_000,
  /** A device may differ from the position that is computed by so much and nobody is told: a second of buffer, and the way here. */
  driftMs: 1_500,
  /** The oldest position that a report may speak of. */
  reportAgeMs: 10_000,
  /** A device that does not say what it has seen may contradict another's command so long after it: it has not heard of it yet. */
  crossingMs: 3_000,

  /** "Previous" goes back to the start of a track of which so much was heard. */
  restartAfterMs: 3_000,
  /** Leaving a track so shortly before its end is not skipping it. */
  endSlackMs: 2_000,
  /** A play counts after so much of listening, or half the track. */
  playMs: 30_000,

  /** A private session ends by itself. */
  privateMs: 6 * 3_600_000,
  /** A session that comes back from the mirror goes on when its track's end is not longer ago than this. */
  revivedMs: 30_000,

  /** Age of a listening event: a device that was offline for a month. And how far its clock may be ahead. */
  eventOldestMs: 30 * 86_400_000,
  eventAheadMs: 5 * 60_000,

  /** Characters of an opId, so that "<opId>-1999" is an item's id; of any other id; of an event's; of a device's name. */
  opId: 58,
  id: 64,
  eventId: 100,
  name: 100,
} as const;
