/**
 * Real-time order: what a caller, any caller, was told to be done stands before whatever was asked for afterwards. This
 * holds the order of each sequential caller, too.
 */
import type { Asked } from "../history.ts";
import { byActor, type Checker } from "./evidence.ts";

export const order: Checker = ({ history, commits }) => {
  const violations: { checker: string; message: string }[] = [];
  const places = new Map([...byActor(commits)].map(([actor, events]) => [actor, new Map(events.map(({ item, seq }) => [item, seq]))]));
  const changes = history.filter(({ operation }) => operation.items.length > 0);
  for (const [actor, asked] of Map.groupBy(changes, (one) => one.actor)) {
    const acknowledged = asked.filter(({ outcome }) => outcome.is === "ok").toSorted((one, other) => one.endedAt - other.endedAt);
    let next = 0;
    let last = 0;
    let lastItem = "";
    for (const { item, askedAt, caller } of firstAsked(asked)) {
      for (let done = acknowledged[next]; done !== undefined && done.endedAt < askedAt; done = acknowledged[++next]) {
        const place = done.outcome.is === "ok" ? Math.max(...done.outcome.places) : 0;
        if (place > last) [last, lastItem] = [place, done.operation.items.at(-1) ?? ""];
      }
      const place = places.get(actor)?.get(item);
      if (place !== undefined && place < last) violations.push({ checker: "order", message: `${item} of ${caller} is event ${place} of ${actor}, before ${lastItem}, event ${last}, which was acknowledged before it was asked for` });
    }
  }
  return violations;
};

/** Each item with the first call that asked for it, in order. A device that had no answer asks again in another call. */
function firstAsked(asked: readonly Asked[]): { readonly item: string; readonly askedAt: number; readonly caller: string }[] {
  const first = new Map<string, { readonly item: string; readonly askedAt: number; readonly caller: string }>();
  for (const { operation, askedAt, caller } of asked.toSorted((one, other) => one.askedAt - other.askedAt)) {
    for (const item of operation.items) if (!first.has(item)) first.set(item, { item, askedAt, caller });
  }
  return [...first.values()];
}
