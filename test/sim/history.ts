/** What callers asked and what they were told, as they saw it: the simulation's only witness besides the store's ledger. */

/** A call to one actor, repeated under the same ids until it is answered. */
export interface Operation {
  /** Command or query. */
  readonly kind: string;
  readonly params: unknown;
  /** Who asks; undefined: nobody who is logged in. */
  readonly user?: string | undefined;
  /** What it is about, as the journal will have it (ledger.ts): ids that stay the same when it is repeated. */
  readonly items: readonly string[];
  /** All of them happen, or none. */
  readonly isWhole?: boolean;
}

export type Outcome =
  /** Answered by the actor. */
  | {
      readonly is: "ok";
      /** Number of the last event that it saw, when the answer says so. */
      readonly version: number | undefined;
      /** Of each item, the number of its event; 0: the actor refused it, or it changed nothing. */
      readonly places: readonly number[];
      /** What was listed. */
      readonly items: readonly string[] | undefined;
      readonly reply?: unknown;
      /** The whole call was refused by the actor's rules: the type of the refusal. */
      readonly refusal?: string | undefined;
    }
  /** Nobody knows: it may have happened, may still happen, or never. */
  | { readonly is: "unknown"; readonly why: string };

export interface Asked {
  readonly caller: string;
  readonly actor: string;
  readonly operation: Operation;
  /** Simulated ms: when it was first asked, and when the caller was told or gave up. */
  readonly askedAt: number;
  readonly endedAt: number;
  /** When it was asked for the last time. */
  readonly lastAskedAt: number;
  /** Through which process, at last. */
  readonly through: string;
  readonly attempts: number;
  readonly outcome: Outcome;
}

/** A claim that a checker found to be false. */
export interface Violation {
  readonly checker: string;
  readonly message: string;
}
