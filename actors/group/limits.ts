/** Every bound of the group service, with unit and reason. What one group may hold is in model/limits.ts. */

export const serviceLimits = {
  /** Living groups that one account hosts: a client that lost its own does not fill the table. */
  groupsPerHost: 10,
  /**
   * Codes an account may get wrong in an hour, on one node. Of 32^8 codes (10^12) some are good: with 10,000 living groups an account finds one
   * in 5 million hours.
   */
  wrongCodes: 20,
  wrongCodesMs: 3_600_000,
  /** Accounts whose wrong codes are counted, about 100 bytes each. */
  guessers: 50_000,
  /** Codes tried for a new group: that one is taken happens once in 100 million times. */
  codeTries: 5,

  /** Listeners who come and go are told of this often: a thousand that come at once are not a million messages. */
  quietMs: 1_000,
  /** When listeners left, everybody who hears the topic is asked about this often at most; at once when somebody was sent away. */
  askAgainMs: 10_000,

  /** Sessions that are told at once, and of those the node holds at most; how often one is tried, and the pause before the second time. */
  sessionsAtOnce: 16,
  sessionsWaiting: 20_000,
  sessionTries: 5,
  sessionRetryMs: 500,

  /** How long the table is tried when it does not answer, and the pause between. */
  noteMs: 30_000,
  noteRetryMs: 500,
  /** Rows of groups that are long over, and how many of them each new group takes away. */
  keptMs: 7 * 24 * 3_600_000,
  sweptAtOnce: 20,
} as const;
