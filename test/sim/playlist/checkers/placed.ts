/** The history in the words of the checkers that know nothing of playlists: which answers say where an operation stands, and which what was seen. */
import type { Asked } from "../../history.ts";
import type { Committed } from "../../ledger.ts";

/**
 * A command of one operation answers its place, or, when it changed nothing, the number of the last event. Which of them it is, the
 * journal says: both are held to it.
 */
export function placed(history: readonly Asked[], commits: readonly Committed[]): Asked[] {
  const items = new Map(commits.map(({ actor, seq, item }) => [`${actor} ${seq}`, item]));
  return history.map((asked) => {
    const { outcome, operation, actor } = asked;
    const [item] = operation.items;
    if (outcome.is !== "ok" || outcome.refusal !== undefined || item === undefined || outcome.version !== undefined) return asked;
    const version = (outcome.reply as { readonly version: number }).version;
    const isPlace = items.get(`${actor} ${version}`) === item;
    return { ...asked, outcome: isPlace ? { ...outcome, places: [version] } : { ...outcome, version, places: [0] } };
  });
}
