/**
 * Real-time order: what a caller, any caller, was told to be done stands before whatever was asked for afterwards. This
 * holds the order of each sequential caller, too.
 */
import { byActor, type Checker } from "./evidence.ts";

export const order: Checker = ({ history, commits }) => {
  const violations: { checker: string; message: string }[] = [];
  const places = new Map([...byActor(commits)].map(([actor, events]) => [actor, new Map(events.map(({ item, seq }) => [item, seq]))]));
  const appends = history.filter(({ operation }) => operation.kind === "append");
  for (const [actor, asked] of Map.groupBy(appends, (one) => one.actor)) {
    const acknowledged = asked.filter(({ outcome }) => outcome.is === "ok").toSorted((one, other) => one.endedAt - other.endedAt);
    let next = 0;
    let last = 0;
    let lastItem = "";
    for (const { operation, askedAt, caller } of asked.toSorted((one, other) => one.askedAt - other.askedAt)) {
      for (let done = acknowledged[next]; done !== undefined && done.endedAt < askedAt; done = acknowledged[++next]) {
        const place = done.outcome.is === "ok" ? Math.max(...done.outcome.places) : 0;
        if (place > last) [last, lastItem] = [place, done.operation.kind === "append" ? (done.operation.items.at(-1) ?? "") : ""];
      }
      if (operation.kind !== "append") continue;
      for (const item of operation.items) {
        const place = places.get(actor)?.get(item);
        if (place !== undefined && place < last) violations.push({ checker: "order", message: `${item} of ${caller} is event ${place} of ${actor}, before ${lastItem}, event ${last}, which was acknowledged before it was asked for` });
      }
    }
  }
  return violations;
};
