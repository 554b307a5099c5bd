/**
 * Copies that are edited apart and merged in any order, by the same rules as the server's (resolve.ts): two copies that saw the
 * same edits have the same items in the same order and the same META fields.
 *
 * An edit that rests on others (its clock counts them) waits until they are there; one that came before is passed over. A
 * device's edits rest on its earlier ones. Refused edits count as seen: every copy refuses them.
 */
import { applyToList } from "./apply.ts";
import { count, type Clock } from "./clock.ts";
import { PlaylistRefused } from "./errors.ts";
import { limits } from "./limits.ts";
import { emptyList, type List } from "./list.ts";
import type { Op } from "./ops.ts";
import { resolve } from "./resolve.ts";

/** An op made offline, and by whom. */
export type OfflineEdit = Op & { readonly by: string; readonly clock: Clock; readonly device: string; readonly at: number };

export interface Copy {
  readonly list: List;
  /** Edits that are in it, by device. */
  seen: Clock;
  /** Edits that rest on others. */
  waiting: readonly OfflineEdit[];
}

/** A copy of a playlist that was just made: version 1, which everybody knows. */
export const emptyCopy = (): Copy => ({ list: Object.assign(emptyList(), { version: 1 }), seen: {}, waiting: [] });

/** Changes `copy` in place. Throws PlaylistRefused (LIMIT) when more wait than `limits.waiting`; the copy is as before then. */
export function mergeInto(copy: Copy, edits: readonly OfflineEdit[]): void {
  const byDot = new Map([...copy.waiting, ...edits].map((edit) => [`${edit.device} ${count(edit.clock, edit.device)}`, edit]));
  const [ready, waiting] = inOrder(copy.seen, [...byDot.values()]);
  if (waiting.length > limits.waiting) throw new PlaylistRefused("LIMIT", `At most ${limits.waiting} edits wait for others.`, { limit: limits.waiting });
  for (const edit of ready) mergeOne(copy, edit);
  copy.waiting = waiting;
}

/** Those of `edits` that can be applied now, in an order that follows causes; and those that must wait. */
function inOrder(seen: Clock, edits: readonly OfflineEdit[]): [OfflineEdit[], OfflineEdit[]] {
  const known: Record<string, number> = { ...seen };
  const ready: OfflineEdit[] = [];
  let waiting = edits.filter(({ clock, device }) => count(clock, device) > count(known, device)).toSorted((a, b) => a.at - b.at);
  for (let before = -1; before !== ready.length; ) {
    before = ready.length;
    waiting = waiting.filter((edit) => {
      const isReady = Object.entries(edit.clock).every(([device, n]) => count(known, device) >= (device === edit.device ? n - 1 : n));
      if (isReady) {
        known[edit.device] = count(edit.clock, edit.device);
        ready.push(edit);
      }
      return !isReady;
    });
  }
  return [ready, waiting];
}

function mergeOne(copy: Copy, edit: OfflineEdit): void {
  const { list } = copy;
  const attempt = () => resolve(list, edit, { by: edit.by, now: edit.at, version: list.version + 1 });
  try {
    let resolved = attempt();
    if (resolved === "compact") {
      applyToList(list, { type: "compact" }, edit.at, list.version + 1);
      resolved = attempt();
    }
    if (resolved !== "compact") applyToList(list, resolved.event, edit.at, list.version + 1);
  } catch (error) {
    if (!(error instanceof PlaylistRefused)) throw error;
  }
  copy.seen = { ...copy.seen, [edit.device]: count(edit.clock, edit.device) };
}
