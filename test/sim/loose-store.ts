/**
 * A journal without its guards, for mutants: what would go wrong if PostgreSQL did not check. Leases and shards stay as they are.
 */
import { SequenceConflict } from "../../storage/errors.ts";
import type { ActorSnapshot, ActorStore, JournalEntry } from "../../storage/ports.ts";

interface Actor {
  readonly events: Map<number, JournalEntry>;
  readonly opIds: Set<string>;
  snapshot: ActorSnapshot | undefined;
}

/** Lives, epochs and numbers are not looked at: the last writer wins. Operations are still taken once. */
export function unfenced(core: ActorStore): ActorStore {
  const actors = new Map<string, Actor>();
  const actorOf = (name: string): Actor => {
    let actor = actors.get(name);
    if (actor === undefined) actors.set(name, (actor = { events: new Map(), opIds: new Set(), snapshot: undefined }));
    return actor;
  };
  const eventsOf = (name: string): JournalEntry[] => [...actorOf(name).events.values()].toSorted((one, other) => one.seq - other.seq);
  return {
    ...core,
    async append(_lease, events) {
      for (const { actor, seq, opId } of events) if (actorOf(actor).opIds.has(opId)) throw new SequenceConflict(actor, seq, "operation");
      for (const { actor, seq, epoch, opId, body } of events) {
        actorOf(actor).events.set(seq, { seq, epoch, opId, body: JSON.parse(body) as unknown });
        actorOf(actor).opIds.add(opId);
      }
    },
    async load(name) {
      const { snapshot } = actorOf(name);
      return { snapshot, events: eventsOf(name).filter(({ seq }) => seq > (snapshot?.seq ?? 0)), reminders: [] };
    },
    find: async (name, opIds) => eventsOf(name).filter(({ opId }) => opIds.includes(opId)),
    read: async (name, fromSeq, limit) => eventsOf(name).filter(({ seq }) => seq >= fromSeq).slice(0, limit),
    async saveSnapshot(name, snapshot) {
      const actor = actorOf(name);
      if (snapshot.seq > (actor.snapshot?.seq ?? 0)) actor.snapshot = snapshot;
    },
    trim: async () => 0,
  };
}

/** The key on operations is gone: the same one is taken as often as it comes. */
export function forgetful(core: ActorStore): ActorStore {
  let taken = 0;
  return { ...core, append: (lease, events, reminders) => core.append(lease, events.map((event) => ({ ...event, opId: `${event.opId}~${taken++}` })), reminders) };
}
