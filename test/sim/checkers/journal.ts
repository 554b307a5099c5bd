/** At most one commit per actor and number, numbers without gaps, what one turn decided in one append. */
import { byActor, type Checker } from "./evidence.ts";

export const journal: Checker = ({ commits, history }) => {
  const violations: { checker: string; message: string }[] = [];
  const wrong = (message: string) => violations.push({ checker: "journal", message });
  for (const [actor, events] of byActor(commits)) {
    let last = 0;
    for (const { seq, opId, at, writer } of events) {
      if (seq <= last) wrong(`${actor} event ${seq} was committed again: ${opId} by ${writer} at ${at.toFixed(1)} ms`);
      else if (seq > last + 1) wrong(`${actor} has a gap: event ${last} is followed by ${seq}`);
      last = Math.max(last, seq);
    }
  }
  // The first of each: part of a turn may come once more, when the journal has forgotten it (once.ts).
  const appends = new Map(commits.toReversed().map(({ item, append }) => [item, append]));
  for (const { operation, caller, actor } of history) {
    if (operation.isWhole !== true) continue;
    const parts = new Set(operation.items.flatMap((item) => appends.get(item) ?? []));
    if (parts.size > 1 || (parts.size === 1 && !operation.items.every((item) => appends.has(item)))) wrong(`${operation.items.join(", ")} of ${caller} came to ${actor} in parts`);
  }
  return violations;
};
