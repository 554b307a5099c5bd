/** Planted bugs of soft actors: a node's log or mirror, the mirror behind all of them, the type, or the lease is not what it should be. */
import type { AnyActorType } from "../../../actors/runtime/activation.ts";
import type { SoftState } from "../../../actors/runtime/definition.ts";
import type { Mirror } from "../../../storage/ports.ts";
import type { CallFaults } from "../calls.ts";
import { withoutMemory, type Mutant } from "../mutants.ts";
import type { Plan } from "../plan.ts";
import type { Entry } from "../entry.ts";
import type { MeterState } from "./actor.ts";
import type { MirrorCore } from "./mirror.ts";

const softly = (type: AnyActorType, change: (soft: SoftState<unknown, unknown>) => Partial<SoftState<unknown, unknown>>): AnyActorType => (type.soft === undefined ? type : { ...type, soft: { ...type.soft, ...change(type.soft) } });

/** Numbers count what an activation did. */
const countingAnew = (type: AnyActorType): AnyActorType =>
  softly(type, ({ changed }) => {
    const began = new Map<string, number>();
    return {
      changed(key, { epoch, n }, state, events) {
        const { by } = state as MeterState;
        if (!began.has(by)) began.set(by, n - 1);
        changed?.(key, { epoch, n: n - (began.get(by) ?? 0) }, state, events);
      },
    };
  });

/** What is not in the log yet is mirrored, too. */
function mirroringEarly(entry: Entry): Entry {
  const { node, mirror, process } = entry;
  const again = () => void process.clock.after(20, () => {
    const early = [...(node?.host.activations ?? [])].filter(([, { type, committed, seq, isLoading, isGone }]) => type.soft !== undefined && committed !== seq && !isLoading && !isGone);
    if (early.length > 0) mirror?.save(early.map(([actor, activation]) => ({ actor, epoch: activation.epoch, n: activation.seq, body: activation.softBody(16) }))).catch(() => {});
    again();
  });
  again();
  return entry;
}

/** Nothing is saved of a shard that is being given away. */
const notFlushing = (mirror: Mirror, owns: (actor: string) => boolean): Mirror => ({ ...mirror, save: (entries) => mirror.save(entries.filter(({ actor }) => owns(actor))) });

/** Who is late is believed. */
function takingAll(core: MirrorCore): MirrorCore {
  const kept = new Map<string, Parameters<MirrorCore["save"]>[0][number]>();
  return { ...core, save: (entries) => entries.forEach((entry) => kept.set(entry.actor, entry)), load: (actor) => kept.get(actor), clear: () => kept.clear() };
}

/** A turn may be answered when the lease has ended while it waited. */
function answeringLate(entry: Entry): Entry {
  if (entry.node !== undefined) entry.node.membership.mayFinish = () => true;
  return entry;
}

const failing: CallFaults = { failBefore: 0.1, failAfter: 0.1, late: 0.2, slow: 0.1, slowMs: 500, delayMs: 5 };
const plan: Partial<Plan> = { workloads: ["soft"], callers: 6, readers: 1, thinkMs: 60 };

export const softMutants = {
  "listening events are logged after the answer": {
    checkers: ["logged"], plan,
    events: (events) => ({
      ...events,
      async append(sent) {
        events.append(sent).catch(() => {});
      },
    }),
  },
  "listening events that the log did not take are dropped": { checkers: ["logged"], plan: { ...plan, log: failing }, events: (events) => ({ ...events, append: (sent) => events.append(sent).catch(() => {}) }) },
  "a listening event is dated by its turn": { checkers: ["logged"], plan: { ...plan, log: failing }, type: (type) => softly(type, ({ logged }) => ({ logged: (event, key, at) => logged?.(event, key, at).map((one) => ({ ...one, at })) ?? [] })) },
  "the mirror has what is not in the log": { checkers: ["logged"], plan: { ...plan, log: failing }, entry: mirroringEarly },
  "a shard is given away without a copy of its actors": { checkers: ["kept"], plan: { ...plan, nemeses: ["join", "stop", "move", "drain"] }, limits: { mirrorMs: 200 }, mirror: notFlushing },
  "a save that failed is not repeated": { checkers: ["kept"], plan: { ...plan, mirror: failing }, mirror: (mirror) => ({ ...mirror, save: (entries) => mirror.save(entries).catch(() => {}) }) },
  "the mirror takes what comes last": { checkers: ["kept"], plan: { ...plan, mirror: failing }, limits: { mirrorMs: 20 }, mirrorCore: takingAll },
  "numbers begin anew with an activation": { checkers: ["told"], plan, type: countingAnew, limits: { softActivations: 2 } },
  "a former owner answers": { checkers: ["owners"], plan: { ...plan, nemeses: ["isolate", "pause"], nemesisMs: 1_000, stormMs: 14_000, log: { ...failing, slow: 0.3, slowMs: 4_000 } }, entry: answeringLate },
  "a repeated operation is done again": { checkers: ["repeated"], plan, type: withoutMemory },
  "a meter rings before its time": { checkers: ["timers"], plan, type: (type) => softly(type, ({ dueAt, elapsed }) => ({ dueAt: (state) => (dueAt?.(state) ?? Infinity) - 1_000, elapsed: (state, turn) => elapsed?.(state, { ...turn, now: turn.now + 1_000 }) ?? [] })) },
  "a meter's time stays behind when it moves": { checkers: ["timers"], plan: { ...plan, clock: { drift: 0, wallSkewMs: 0 } }, type: (type) => ({ ...type, unpack: (packed, version) => type.unpack((packed as readonly unknown[]).with(3, []), version) }) },
} as const satisfies Readonly<Record<string, Mutant>>;
