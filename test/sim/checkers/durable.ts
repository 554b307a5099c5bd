/** What was acknowledged is in the journal, at the place that the caller was told, and was there before the caller was told. */
import { byActor, type Checker } from "./evidence.ts";

export const durable: Checker = ({ history, commits }) => {
  const violations: { checker: string; message: string }[] = [];
  const wrong = (message: string) => violations.push({ checker: "durable", message });
  // Of a number that was overwritten the last one counts: it is what anybody will read.
  const journals = new Map([...byActor(commits)].map(([actor, events]) => [actor, new Map(events.map((event) => [event.seq, event]))]));
  for (const { actor, operation, outcome, endedAt, caller } of history) {
    if (outcome.is !== "ok") continue;
    for (const [at, item] of operation.items.entries()) {
      const place = outcome.places[at] ?? 0;
      if (place === 0 && operation.isWhole !== true) continue;
      const event = journals.get(actor)?.get(place);
      if (event?.item !== item) wrong(`${item} was acknowledged to ${caller} as event ${place} of ${actor}, which is ${event?.item ?? "not there"}`);
      else if (event.at > endedAt) wrong(`${item} was acknowledged at ${endedAt.toFixed(1)} ms and committed at ${event.at.toFixed(1)} ms`);
    }
  }
  return violations;
};
