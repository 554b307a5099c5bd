/** Every bound of the presence service, with unit and reason. */

export const limits = {
  /** Accounts that one follows: each is a subscription of a gateway and a call when friends are read. */
  followees: 1_000,
  /** Follows of one transaction: some milliseconds. And how many wait for the next on one node: a second of them. */
  followsAtOnce: 200,
  followsWaiting: 5_000,

  /**
   * An account with more followers is popular: nothing is pushed, followers read. Every gateway tells its sockets one frame after the other, 14 us
   * each: 5,000 that are all on one gateway take 70 ms, in chunks. And below which it is popular no more: it must not change with each who comes and goes.
   */
  popularAbove: 5_000,
  popularUntil: 4_500,
  /** What a popular account plays is kept on each node for readers: so long, and of so many accounts. A million who look within a minute ask its actor once a second per node. */
  popularKeptMs: 1_000,
  popularKept: 10_000,

  /** How long after its track's end somebody is still shown as playing when nothing was heard: the next track's word may be late. */
  endGraceMs: 30_000,
  /** How long from now on a private session may be set to last. */
  privateMs: 366 * 24 * 3_600_000,

  /** How old what an actor knows of the table may be: it is told of changes, but a message may be lost. */
  factsMs: 10 * 60_000,
  /** Accounts of one question to the table. */
  factsAsked: 500,

  /** Accounts whose actors are being told how many follow them, on one node; of more they read it within `factsMs`. */
  told: 10_000,

  /** Asking a session what plays, after its presence was loaded: as long as a shard may be on its way. */
  wordMs: 10_000,

  /** Wait for one friend's actor when friends are listed: who does not answer is shown as unknown. */
  seeMs: 2_000,
} as const;

/** Those that tests set. */
export type Limits = { readonly [Name in keyof typeof limits]: number };
