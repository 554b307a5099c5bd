/** Count, mean, spread and extremes of values, in one pass (Welford 1962). */

export interface Moments {
  readonly count: number;
  /** NaN of none. */
  readonly mean: number;
  /** Of a sample: divided by count - 1. NaN below two values. */
  readonly variance: number;
}

export function momentsOf(values: Iterable<number>): Moments {
  let [count, mean, squares] = [0, 0, 0];
  for (const value of values) {
    const distance = value - mean;
    mean += distance / ++count;
    squares += distance * (value - mean);
  }
  return { count, mean: count === 0 ? Number.NaN : mean, variance: count < 2 ? Number.NaN : squares / (count - 1) };
}
