import { setTimeout as pause } from "node:timers/promises";

/** Resolves when `condition` holds, asked every few milliseconds; throws after `withinMs`. For what announces itself in no other way. */
export async function until(condition: () => Promise<boolean> | boolean, withinMs = 10_000): Promise<void> {
  for (const end = performance.now() + withinMs; !(await condition()); await pause(5)) {
    if (performance.now() > end) throw new Error(`this did not happen within ${withinMs} ms: ${condition.toString()}`);
  }
}

/** All that an asynchronous iterable gives, in order. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
