/** Marks a state of a session, a group or a friend: of two states of one thing the one with the higher (epoch, n) is the later. */
export interface Stamped {
  readonly epoch: number;
  readonly n: number;
}

/** Whether `one` is later than `other`: the same state is not. */
export const isLater = (one: Stamped, other: Stamped): boolean => one.epoch > other.epoch || (one.epoch === other.epoch && one.n > other.n);
