/**
 * Reads at the owner are current: a list shows committed events only, in the journal's order, nothing that is committed
 * after it was answered, and everything that anybody had been told before it was asked for.
 */
import type { Asked } from "../history.ts";
import { byActor, type Checker } from "./evidence.ts";

const versionOf = ({ outcome }: Asked): number => (outcome.is === "ok" ? Math.max(outcome.version ?? 0, ...outcome.places) : 0);

export const reads: Checker = ({ history, commits }) => {
  const violations: { checker: string; message: string }[] = [];
  const wrong = (message: string) => violations.push({ checker: "reads", message });
  const journals = new Map([...byActor(commits)].map(([actor, events]) => [actor, new Map(events.map((event) => [event.seq, event]))]));
  const told = history.filter(({ outcome }) => outcome.is === "ok");
  for (const [actor, asked] of Map.groupBy(told, (one) => one.actor)) {
    const journal = journals.get(actor);
    const ended = asked.toSorted((one, other) => one.endedAt - other.endedAt);
    let next = 0;
    let known = 0;
    for (const one of asked.toSorted((a, b) => a.askedAt - b.askedAt)) {
      for (let done = ended[next]; done !== undefined && done.endedAt < one.askedAt; done = ended[++next]) known = Math.max(known, versionOf(done));
      const { outcome, caller, operation, endedAt } = one;
      if (outcome.is !== "ok" || outcome.version === undefined) continue;
      const where = `${caller} at ${endedAt.toFixed(1)} ms (${operation.kind} of ${actor} through ${one.through})`;
      if (outcome.version < known) wrong(`${where} saw version ${outcome.version} after somebody had been told of version ${known}`);
      const last = journal?.get(outcome.version);
      if (outcome.version > 0 && (last === undefined || last.at > endedAt)) wrong(`${where} saw version ${outcome.version} before it was committed`);
      for (const [at, item] of (outcome.items ?? []).entries()) {
        const event = journal?.get(at + 1);
        if (event?.item !== item) {
          wrong(`${where} saw ${item} at place ${at + 1}, where the journal has ${event?.item ?? "nothing"}`);
          break;
        }
      }
    }
  }
  return violations;
};
