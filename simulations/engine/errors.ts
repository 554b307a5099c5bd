/** What the engine refuses: an option that cannot be, and a model that outgrew a bound it was given. */

export class InvalidOption extends RangeError {
  override readonly name = "InvalidOption";
  readonly field: string;
  readonly value: unknown;
  readonly allowed: string;

  constructor(field: string, value: unknown, allowed: string) {
    super(`${field} is ${String(value)}; allowed: ${allowed}`);
    this.field = field;
    this.value = value;
    this.allowed = allowed;
  }
}

export class BoundExceeded extends Error {
  override readonly name = "BoundExceeded";
  readonly bound: string;
  readonly limit: number;

  constructor(bound: string, limit: number, meaning: string) {
    super(`${bound} of ${limit} is reached: ${meaning}`);
    this.bound = bound;
    this.limit = limit;
  }
}

/** `value`, which must be finite and at least (or above) `least`. Throws InvalidOption. */
export function atLeast(field: string, value: number, least: number): number {
  if (Number.isFinite(value) && value >= least) return value;
  throw new InvalidOption(field, value, `a finite number of at least ${least}`);
}

export function above(field: string, value: number, limit: number): number {
  if (Number.isFinite(value) && value > limit) return value;
  throw new InvalidOption(field, value, `a finite number above ${limit}`);
}

/** A whole number from `least` up; infinity where the option means "no limit". */
export function whole(field: string, value: number, least: number, mayBeInfinite = false): number {
  if ((Number.isSafeInteger(value) && value >= least) || (mayBeInfinite && value === Infinity)) return value;
  throw new InvalidOption(field, value, `a whole number of at least ${least}${mayBeInfinite ? ", or Infinity" : ""}`);
}
