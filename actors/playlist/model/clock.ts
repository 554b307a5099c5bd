/**
 * Vector clocks: how many edits of each device somebody knows. A device that is absent counts 0.
 *
 * The server is in them under the name "server", with a playlist's version: who knows version v knows every edit up to it, whoever
 * made it. So a device that has read the list needs two entries, the version it read and the count of its own edits. A clock
 * made by other rules, with an entry per device it heard of, says the same thing at greater length.
 */

export type Clock = Readonly<Record<string, number>>;

export type Order = "before" | "after" | "equal" | "concurrent";

/** The server's name in clocks. No device may have it. */
export const server = "server";

/** How `a` stands to `b`. */
export function compare(a: Clock, b: Clock): Order {
  const [isIn, contains] = [isWithin(a, b), isWithin(b, a)];
  if (isIn) return contains ? "equal" : "before";
  return contains ? "after" : "concurrent";
}

/** Whether all that `a` knows is in `b`. */
export const isWithin = (a: Clock, b: Clock): boolean => Object.keys(a).every((device) => count(a, device) <= count(b, device));

/** Knows what either knows. */
export function merge(a: Clock, b: Clock): Clock {
  const merged: Record<string, number> = { ...a };
  for (const [device, n] of Object.entries(b)) merged[device] = Math.max(n, count(a, device));
  return merged;
}

/** The clock after one more edit of `device`. The edit's dot is (device, its count). */
export const tick = (clock: Clock, device: string): Clock => ({ ...clock, [device]: count(clock, device) + 1 });

/** How many edits of `device` are known. Own entries only: a device may be called "constructor". */
export const count = (clock: Clock, device: string): number => (Object.hasOwn(clock, device) ? (clock[device] ?? 0) : 0);
