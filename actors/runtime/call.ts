/** A call to an actor and its answer, as they travel between nodes. Plain data. */

export interface Call {
  readonly type: string;
  readonly key: string;
  /** Name of the command or query, without the type. */
  readonly method: string;
  readonly params: unknown;
  /** What travels with the call (who is calling); not looked into by the runtime. */
  readonly meta: unknown;
}

export type Answer =
  | { readonly ok: unknown }
  /** Refused by the actor's own rules, or by the runtime (errors.ts) when `runtime` is set. */
  | { readonly error: Refusal };

export interface Refusal {
  readonly name: string;
  readonly message: string;
  /** HTTP status. */
  readonly code?: number;
  /** Machine-readable reason, e.g. "NOT_FOUND". */
  readonly type?: string;
  readonly data?: unknown;
  readonly retryable?: boolean;
  /** Of NotOwner. */
  readonly owner?: string | undefined;
  readonly epoch?: number;
}
