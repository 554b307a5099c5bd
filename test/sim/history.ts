/** What callers asked and what they were told, as they saw it: the simulation's only witness besides the store's ledger. */

export type Operation = { readonly kind: "append"; readonly items: readonly string[] } | { readonly kind: "refuse" | "touch" | "list" };

export type Outcome =
  /** Acknowledged: `places` of the items, or the `items` of the list. */
  | { readonly is: "ok"; readonly version: number | undefined; readonly places: readonly number[]; readonly items: readonly string[] | undefined }
  /** Nobody knows: it may have happened, may still happen, or never. */
  | { readonly is: "unknown"; readonly why: string };

export interface Asked {
  readonly caller: string;
  readonly actor: string;
  readonly operation: Operation;
  /** Simulated ms: when it was first asked, and when the caller was told or gave up. */
  readonly askedAt: number;
  readonly endedAt: number;
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
