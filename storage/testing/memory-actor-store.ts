/**
 * The ActorStore as a model: plain maps, each call done at once when it is made, time from `now`. It says what the contract
 * means, and seeded simulations put their faults around it. Nothing waits here, so nothing is ever in progress.
 */
import { checkActor, checkDue, checkEvents, checkLease, checkLeaseMs, checkOpIds, checkPage, checkPin, checkSeq, checkShards, checkSnapshot } from "../actor-checks.ts";
import { Fenced, InvalidKey, SequenceConflict } from "../errors.ts";
import { deadNodeMs, journalTrim } from "../limits.ts";
import type { ActorSnapshot, ActorStore, ChangedEntry, ClusterView, DueReminder, JournalAppend, JournalEntry, Lease, ShardOwner } from "../ports.ts";

interface Life {
  readonly node: string;
  readonly incarnation: number;
  readonly types: readonly string[];
  leaseUntil: number;
  leaving: boolean;
}

interface Shard {
  life: number | undefined;
  epoch: number;
}

interface Actor {
  readonly events: Map<number, JournalEntry>;
  readonly opIds: Set<string>;
  /** By name. */
  readonly reminders: Map<string, DueReminder>;
  snapshot: ActorSnapshot | undefined;
}

const blank = (): Actor => ({ events: new Map(), opIds: new Set(), reminders: new Map(), snapshot: undefined });

/** `now`: milliseconds. */
export function memoryActorStore({ now }: { readonly now: () => number }): ActorStore {
  const lives = new Map<number, Life>();
  const shards = new Map<string, Shard>();
  const pins = new Map<string, string>();
  const actors = new Map<string, Actor>();
  /** In the order they were appended; what was trimmed leaves a hole. */
  const log: (ChangedEntry | undefined)[] = [];
  const places = new Map<string, number>();
  let incarnations = 0;

  const living = ({ node, incarnation }: Lease): Life => {
    const life = lives.get(incarnation);
    if (life?.node !== node) throw new Fenced(`node ${node}`, incarnation);
    return life;
  };
  const ownerOf = (shard: string): ShardOwner => {
    const held = shards.get(shard);
    return { shard, owner: lives.get(held?.life ?? 0)?.node ?? null, epoch: held?.epoch ?? 0 };
  };
  const isLive = ({ leaseUntil }: Life) => leaseUntil > now();
  const view = (): ClusterView => ({
    members: [...lives.values()]
      .toSorted((a, b) => (a.node < b.node ? -1 : 1))
      .map((life) => ({ node: life.node, incarnation: life.incarnation, live: isLive(life), leaving: life.leaving, types: life.types })),
    shards: [...shards.keys()].map(ownerOf),
    pins: [...pins].map(([shard, node]) => ({ shard, node })).toSorted((a, b) => (a.shard < b.shard ? -1 : 1)),
  });
  const eventsOf = (actor: string): JournalEntry[] => [...(actors.get(actor)?.events.values() ?? [])].toSorted((a, b) => a.seq - b.seq);

  return {
    async join(node, types, leaseMs) {
      checkLease(node, types, leaseMs);
      for (const [incarnation, life] of lives) if (life.node === node || life.leaseUntil < now() - deadNodeMs) lives.delete(incarnation);
      incarnations += 1;
      lives.set(incarnations, { node, incarnation: incarnations, types: [...types], leaseUntil: now() + leaseMs, leaving: false });
      return { node, incarnation: incarnations };
    },

    async renew(lease, { leaseMs, leaving }) {
      checkLeaseMs(leaseMs);
      const life = living(lease);
      life.leaseUntil = now() + leaseMs;
      life.leaving = leaving;
      return view();
    },

    async claim(lease, wanted) {
      checkShards(wanted);
      living(lease);
      for (const id of wanted) {
        const owner = lives.get(shards.get(id)?.life ?? 0);
        if (owner !== undefined && owner.incarnation !== lease.incarnation && !isLive(owner)) lives.delete(owner.incarnation);
        if (ownerOf(id).owner === null) shards.set(id, { life: lease.incarnation, epoch: ownerOf(id).epoch + 1 });
      }
      return wanted.map(ownerOf);
    },

    async release(lease, given) {
      checkShards(given);
      living(lease);
      const mine = [...new Set(given)].filter((id) => shards.get(id)?.life === lease.incarnation);
      for (const id of mine) shards.set(id, { life: undefined, epoch: ownerOf(id).epoch + 1 });
      return mine.map(ownerOf);
    },

    async leave(lease) {
      if (lives.get(lease.incarnation)?.node === lease.node) lives.delete(lease.incarnation);
    },

    async view() {
      return view();
    },

    async pin(shard, node) {
      checkPin(shard, node);
      if (node === null) pins.delete(shard);
      else pins.set(shard, node);
    },

    async append(lease, events, changes = []) {
      checkEvents(events, changes);
      const bodies = events.map(parsed);
      living(lease);
      for (const { shard, epoch } of [...events, ...changes]) {
        const held = shards.get(shard);
        if (held?.life !== lease.incarnation || held.epoch !== epoch) throw new Fenced(shard, epoch);
      }
      refuseTaken(actors, events);
      for (const [index, { actor, seq, opId, epoch }] of events.entries()) {
        const entry = { seq, epoch, opId, body: bodies[index] };
        const stored = actors.get(actor) ?? blank();
        actors.set(actor, stored);
        stored.events.set(seq, entry);
        stored.opIds.add(opId);
        places.set(`${actor} ${seq}`, log.length);
        log.push({ actor, seq: entry.seq });
      }
      for (const { actor, shard, name, seq, to } of changes) {
        const stored = actors.get(actor) ?? blank();
        actors.set(actor, stored);
        if ((stored.reminders.get(name)?.seq ?? 0) > seq) continue;
        if (to === null) stored.reminders.delete(name);
        else stored.reminders.set(name, { actor, shard, name, seq, dueAt: to.dueAt, failures: to.failures, nextAt: to.nextAt });
      }
    },

    async load(actor) {
      checkActor(actor);
      const snapshot = actors.get(actor)?.snapshot;
      const reminders = [...(actors.get(actor)?.reminders.values() ?? [])].map(({ actor: _actor, shard: _shard, ...reminder }) => reminder).toSorted((a, b) => (a.name < b.name ? -1 : 1));
      return structuredClone({ snapshot, events: eventsOf(actor).filter(({ seq }) => seq > (snapshot?.seq ?? 0)), reminders });
    },

    async dueReminders(owned, until, limit) {
      checkDue(owned, until, limit);
      const wanted = new Set(owned);
      const all = [...actors.values()].flatMap(({ reminders }) => [...reminders.values()]).filter(({ shard, nextAt }) => wanted.has(shard) && nextAt !== null && nextAt <= until);
      all.sort((a, b) => (a.nextAt ?? 0) - (b.nextAt ?? 0));
      return { reminders: structuredClone(all.slice(0, limit)), more: all.length > limit };
    },

    async find(actor, opIds) {
      checkActor(actor);
      checkOpIds(opIds);
      return structuredClone(eventsOf(actor).filter(({ opId }) => opIds.includes(opId)));
    },

    async read(actor, fromSeq, limit) {
      checkActor(actor);
      checkSeq(fromSeq);
      checkPage(limit);
      return structuredClone(eventsOf(actor).filter(({ seq }) => seq >= fromSeq).slice(0, limit));
    },

    async saveSnapshot(actor, snapshot) {
      const body = JSON.parse(checkSnapshot(actor, snapshot)) as unknown;
      const stored = actors.get(actor) ?? blank();
      actors.set(actor, stored);
      if ((stored.snapshot?.seq ?? 0) <= snapshot.seq) stored.snapshot = { seq: snapshot.seq, body };
    },

    async trim(actor, belowSeq) {
      checkActor(actor);
      checkSeq(belowSeq);
      const stored = actors.get(actor);
      const old = eventsOf(actor).filter(({ seq }) => seq < belowSeq && seq <= (stored?.snapshot?.seq ?? 0)).slice(0, journalTrim);
      for (const { seq, opId } of old) {
        stored?.events.delete(seq);
        stored?.opIds.delete(opId);
        const place = `${actor} ${seq}`;
        log[places.get(place) ?? 0] = undefined;
        places.delete(place);
      }
      return old.length;
    },

    async changes(type, cursor, limit, upTo) {
      checkPage(limit);
      const [from, to] = [cursor ?? "0", upTo ?? String(log.length)];
      if (!/^\d{1,15}$/.test(from) || !/^\d{1,15}$/.test(to)) throw new InvalidKey("not a cursor of the journal");
      const entries: ChangedEntry[] = [];
      let next = Number(from);
      for (; next < Math.min(log.length, Number(to)) && entries.length < limit; next++) {
        const entry = log[next];
        if (entry?.actor.startsWith(`${type}/`) === true) entries.push({ actor: entry.actor, seq: entry.seq });
      }
      return { entries, cursor: entries.length === 0 ? cursor : String(next) };
    },

    end: async () => String(log.length),
  };
}

function parsed({ body }: JournalAppend): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch (error) {
    throw new InvalidKey("an event cannot be stored: it is not JSON", { cause: error });
  }
}

/** Throws SequenceConflict when an event or operation is there already, or twice among the new ones. A known operation is said first. */
function refuseTaken(actors: ReadonlyMap<string, Actor>, events: readonly JournalAppend[]): void {
  for (const { actor, seq, opId } of events) if (actors.get(actor)?.opIds.has(opId) === true) throw new SequenceConflict(actor, seq, "operation");
  for (const { actor, seq } of events) if (actors.get(actor)?.events.has(seq) === true) throw new SequenceConflict(actor, seq, "sequence");
  const seen = new Set<string>();
  for (const { actor, seq, opId } of events) {
    if (seen.has(`seq ${seq} ${actor}`)) throw new SequenceConflict(actor, seq, "sequence");
    if (seen.has(`op ${opId} ${actor}`)) throw new SequenceConflict(actor, seq, "operation");
    seen.add(`seq ${seq} ${actor}`).add(`op ${opId} ${actor}`);
  }
}
