/** How every Mirror takes a save apart. */
import { mirrorPartBytes } from "./limits.ts";
import type { MirrorEntry } from "./ports.ts";

/** The one that counts of each actor, in order of their names: two saves that meet do not meet crosswise. */
export function latest(entries: readonly MirrorEntry[]): MirrorEntry[] {
  const kept = new Map<string, MirrorEntry>();
  for (const entry of entries) {
    const { actor, epoch, n, body } = entry;
    const other = kept.get(actor);
    if (other === undefined || epoch > other.epoch || (epoch === other.epoch && (n > other.n || (n === other.n && body === null)))) kept.set(actor, entry);
  }
  return [...kept.values()].toSorted((a, b) => (a.actor < b.actor ? -1 : 1));
}

/** Of so many bytes that other calls need not wait long behind one. */
export function* parts(entries: readonly MirrorEntry[]): Iterable<readonly MirrorEntry[]> {
  let part: MirrorEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    part.push(entry);
    bytes += (entry.body?.length ?? 0) + 100;
    if (bytes < mirrorPartBytes) continue;
    yield part;
    [part, bytes] = [[], 0];
  }
  if (part.length > 0) yield part;
}
