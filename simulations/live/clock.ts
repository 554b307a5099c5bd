/** How far the clocks of generators are apart: their begin is a time of day, so that is how far apart they begin. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";

/** Ms since 1970, with its fractions; a process's own, and not set while it runs. */
export const wallMs = (): number => performance.timeOrigin + performance.now();

const tries = 5;

/**
 * The child's clock ahead of this process's, ms, by Cristian's method: it answers `{ clock }` with its own, which is taken for the time in the middle
 * of the way there and back; the quickest of five counts.
 */
export async function clockAhead(child: ChildProcess): Promise<number> {
  let best = { tookMs: Infinity, aheadMs: 0 };
  for (let n = 0; n < tries; n++) {
    const asked = wallMs();
    child.send({ clock: true });
    const [{ clock }] = (await once(child, "message")) as [{ clock: number }];
    const answered = wallMs();
    if (answered - asked < best.tookMs) best = { tookMs: answered - asked, aheadMs: clock - (asked + answered) / 2 };
  }
  return best.aheadMs;
}

/** The largest difference between two of them. */
export const spread = (aheadMs: readonly number[]): number => (aheadMs.length === 0 ? 0 : Math.max(...aheadMs) - Math.min(...aheadMs));
