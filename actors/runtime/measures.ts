/** The runtime's counters on a node's /metrics: sums over all types since the node started. */
import type { ServiceBroker } from "moleculer";
import { addMeasure } from "../../resources.ts";
import type { Counters } from "./counters.ts";
import type { Reminders } from "./reminders.ts";

const sum = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((all, one) => all + one, 0);

export function addRuntimeMeasures(broker: ServiceBroker, counters: Counters, reminders: Reminders): void {
  const measure = (name: string, help: string, read: () => number) => addMeasure(broker, { name: `ensemble_actor_${name}`, help, read });
  measure("turns_total", "Calls that actors of this node have run.", () => sum(counters.turns));
  measure("events_total", "Events that this node has committed.", () => counters.events);
  measure("commits_total", "Appends that carried them.", () => counters.commits);
  measure("commit_seconds_total", "Time those took.", () => counters.commitMs / 1_000);
  measure("loaded_total", "Actors that were loaded from the journal.", () => sum(counters.loads));
  measure("retried_total", "Calls that this node's router has made again.", () => sum(counters.retries));
  measure("fenced_total", "Actors whose write the store refused, because another node owns the shard or the life is over. Above 0 outside of deploys and failures: look at clocks and pauses.", () => counters.fencedWrites);
  measure("refused_total", "Calls refused because this node did not own the shard, or did not know any more whether it does.", () => sum(counters.refusals));
  measure("reminders_total", "Reminders that have had their effect.", () => counters.reminders);
  measure("reminders_late_seconds_total", "How long after they were due, all together.", () => counters.remindersLateMs / 1_000);
  measure("reminder_lateness_seconds", "How long the reminder has been due that this node's actors wait for longest; or how long nobody could say, when the store does not.", () => reminders.latenessMs() / 1_000);
  measure("reminders_failed_total", "Turns of reminders that failed.", () => counters.reminderFailures);
  measure("reminders_given_up_total", "Reminders that failed so often that nobody tries any more. Above 0: the log names them.", () => counters.remindersGivenUp);
}
