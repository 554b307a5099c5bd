/** No operation is in a journal twice, nor what it was about under another id. */
import { byActor, type Checker } from "./evidence.ts";

export const once: Checker = ({ commits, eventsKept }) => {
  const violations: { checker: string; message: string }[] = [];
  for (const [actor, events] of byActor(commits)) {
    const places = new Map<string, number>();
    for (const { item, opId, seq } of events) {
      const before = places.get(item);
      // The journal forgets what is older: docs/simulation-of-the-runtime.md.
      if (before !== undefined && seq - before <= eventsKept) violations.push({ checker: "once", message: `${item} is in ${actor} twice: as event ${before} and as event ${seq} (${opId})` });
      places.set(item, seq);
    }
  }
  return violations;
};
