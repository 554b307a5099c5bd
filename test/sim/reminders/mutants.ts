/** Planted bugs of reminders: a node's store changes them apart from the events that they belong to, or the store lies about their time. */
import type { ActorStore } from "../../../storage/ports.ts";
import type { Mutant } from "../mutants.ts";
import type { Plan } from "../plan.ts";

/** Rows that have had their effect, or were cancelled, go before the commit. */
const endsFirst = (store: ActorStore): ActorStore => ({
  ...store,
  async append(lease, events, reminders = []) {
    const ended = reminders.filter(({ to }) => to === null);
    const rest = reminders.filter(({ to }) => to !== null);
    if (ended.length > 0) await store.append(lease, [], ended);
    if (events.length > 0 || rest.length > 0) await store.append(lease, events, rest);
  },
});

/** Rows are set after the commit. */
const setsLater = (store: ActorStore): ActorStore => ({
  ...store,
  async append(lease, events, reminders = []) {
    if (events.length > 0) await store.append(lease, events);
    if (reminders.length > 0) await store.append(lease, [], reminders);
  },
});

/** Rows stay when their reminder is cancelled or has had its effect. */
const neverEnds = (store: ActorStore): ActorStore => ({
  ...store,
  async append(lease, events, reminders = []) {
    const rest = reminders.filter(({ to }) => to !== null);
    if (events.length > 0 || rest.length > 0) await store.append(lease, events, rest);
  },
});

const early = <T extends { readonly nextAt: number | null }>(reminder: T): T => ({ ...reminder, nextAt: reminder.nextAt === null ? null : reminder.nextAt - 1_000 });

/** Reminders are to be delivered a second early. */
const hasty = (core: ActorStore): ActorStore => ({
  ...core,
  async load(actor) {
    const loaded = await core.load(actor);
    return { ...loaded, reminders: loaded.reminders.map(early) };
  },
  async dueReminders(shards, until, limit) {
    const { reminders, more } = await core.dueReminders(shards, until + 1_000, limit);
    return { reminders: reminders.map(early), more };
  },
});

const plan: Partial<Plan> = { workloads: ["reminders"] };

export const reminderMutants = {
  "a reminder's row goes before the commit of its effect": { checkers: ["reminders"], plan, store: endsFirst },
  "a reminder is set after the commit of its event": { checkers: ["reminders"], plan, store: setsLater },
  "a reminder's row stays": { checkers: ["reminders"], plan, store: neverEnds },
  "a reminder comes before its time": { checkers: ["reminders"], plan, core: hasty },
} as const satisfies Readonly<Record<string, Mutant>>;
