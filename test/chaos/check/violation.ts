/** What checkers read and what they find. Each checker is a pure function of what was recorded and what is in the store. */

/** An event as the store has it. */
export interface JournalRow {
  readonly playlist: string;
  readonly seq: number;
  readonly epoch: number;
  readonly opId: string;
  /** The event itself. */
  readonly event: { readonly type: string } & Readonly<Record<string, unknown>>;
}

/** What a promise broken is called in the report. */
export type ViolationKind =
  /** Acknowledged and not there. */
  | "lost"
  /** There more than once. */
  | "duplicated"
  /** Two writers at a time. */
  | "split"
  /** A place in the sequence that nobody took. */
  | "gap"
  /** There, though refused or never asked for; or told to somebody and not there. */
  | "phantom"
  /** Before something that was acknowledged before it was asked for. */
  | "order"
  /** A read that did not see what was acknowledged before it. */
  | "stale"
  /** An observer was told of versions out of order, or of other ones. */
  | "observer"
  /** The state that is read is not what the events make. */
  | "state"
  /** Later than promised. */
  | "late";

export interface Violation {
  readonly kind: ViolationKind;
  readonly subject: string;
  /** A sentence. */
  readonly about: string;
  /** Operations it is about, for the history around it. */
  readonly opIds: readonly string[];
}
