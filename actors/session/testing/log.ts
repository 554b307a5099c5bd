/** What the event log has of an account. It shows events when older transactions have ended: asked again until there are enough. */
import { randomUUID } from "node:crypto";
import type { EventLog, ListeningEvent } from "../../../storage/index.ts";
import { until } from "../../../test/kit/index.ts";

export async function loggedOf(events: EventLog, userId: string, least: number): Promise<ListeningEvent[]> {
  const group = randomUUID();
  const all: ListeningEvent[] = [];
  await until(async () => {
    for (let page = await events.read(group, 1_000); page.cursor !== undefined; page = await events.read(group, 1_000)) {
      all.push(...page.events.filter((event) => event.userId === userId));
      await events.commit(group, page.cursor);
    }
    return all.length >= least;
  }, 20_000);
  await events.forget(group);
  return all.toSorted((one, other) => one.at - other.at);
}
