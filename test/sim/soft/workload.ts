/**
 * Callers that press meters and look at them, and observers that hear what meters tell, while the mirror and the log fail, are away and
 * the mirror loses all it had. What happens is seen from outside: at the type, at the ports and where the host answers.
 */
import type { AnyActorType } from "../../../actors/runtime/activation.ts";
import type { ActorType } from "../../../actors/runtime/definition.ts";
import type { Limits } from "../../../actors/runtime/limits.ts";
import { actorName } from "../../../actors/runtime/placement.ts";
import type { Seeded } from "../../chaos/random.ts";
import type { Entry } from "../entry.ts";
import type { Request, Workload } from "../workload.ts";
import type { World } from "../world.ts";
import { meter, ringOf, type MeterEvent, type MeterState, type Press } from "./actor.ts";
import { checkMeters } from "./checkers/index.ts";
import { Observer } from "./observer.ts";

/** Wall time at the world's moment 0 (process.ts). */
const born = 1_700_000_000_000;
/** What is told takes so long to each observer, at most; and how often it comes twice. */
const topicMs = 50;
const repeated = 0.1;
/** In fair weather a meter rings so soon after its time when somebody looks at it. */
const ringMs = 300;

/** Small bounds are reached; mirrored and logged sooner and later than production does. */
export const softLimits = (random: Seeded): Partial<Limits> => ({
  softActivations: random.pick([2, 1_000_000, 1_000_000]),
  mirrorMs: random.pick([20, 200]),
  mirroredAtOnce: random.pick([1, 500]),
  flushMs: 500, mirrorRetryMs: random.pick([10, 100]),
  softOpIds: random.pick([2, 16]),
  softPackAfterMs: random.pick([1_000, 60_000]),
  logRetryMs: random.pick([20, 250]),
  loggedAtOnce: random.pick([1, 500]),
  logMs: random.pick([1_000, 30_000]),
});

type Kind = "press" | "pass" | "refuse" | "look";

function request(key: string, kind: Kind, params: Partial<Press> = {}): Request {
  return {
    type: meter.type, key,
    operation: { kind, params, items: params.opId === undefined ? [] : [params.opId] },
    told(answer) {
      if ("ok" in answer) return { is: "ok", version: undefined, places: [], items: undefined, reply: answer.ok };
      const { name, message } = answer.error;
      if (name !== "Refused") throw new Error(`${kind} ${name}: ${message}`);
      return { is: "ok", version: undefined, places: [], items: undefined, refusal: name };
    },
  };
}

export const digestOf = ({ count, sum, due }: MeterState): string => `${count} ${sum} ${due.size}`;

export function softWorkload(world: World): Workload {
  const { plan, timeline, random, soft } = world;
  const keys = Array.from({ length: plan.actors }, (_, n) => `m${n}`);
  const luck = random.fork(9);
  const observers = Array.from({ length: 3 }, (_, n) => new Observer(`o${n}`));
  let loss = plan.topicLoss;
  /** Messages on their way to observers. */
  const carried = new Set<object>();
  const pressing = (opId: string, own: Seeded): Partial<Press> => ({
    opId, at: born + Math.floor(timeline.now), isLogged: own.chance(0.5),
    ...(own.chance(0.2) ? { inMs: own.between(0, own.pick([1, 100, 1_000, 8_000])) } : {}),
  });

  /** Nothing is wrong any more: each meter is pressed once more, rings for whatever is due, and everybody knows what it is. */
  const rest = async () => {
    const caller = world.caller("z-meters", false, 1_000, 1_000);
    for (const key of keys) {
      await caller.ask(request(key, "press", { opId: `z-${key}`, at: born + Math.floor(timeline.now), isLogged: true }));
      await caller.ask(request(key, "look"));
      await timeline.sleep(ringMs);
      for (let tries = 0; carried.size > 0 && tries < 10; tries++) await timeline.sleep(10);
      const live = [...world.entries.values()].map(({ node }) => node?.host.activations.get(actorName(meter.type, key))).find((one) => one !== undefined && !one.isGone && !one.isLoading);
      if (live === undefined) {
        world.wrong("told", `${key} is nowhere after it was pressed in fair weather`);
        continue;
      }
      const state = live.state as MeterState;
      const now = born + timeline.now - plan.clock.wallSkewMs - ringMs;
      const late = plan.clock.wallSkewMs > 1_000 ? [] : state.items.filter((item) => (soft.due.get(`${key} ${item}`) ?? Infinity) < now && !state.items.includes(ringOf(item)));
      if (late.length > 0) world.wrong("timers", `${key} was to ring for ${late.join(" ")} long before ${timeline.now.toFixed(1)} ms`);
      for (const { name, last } of observers) {
        const heard = last.get(key);
        if (heard?.digest !== digestOf(state)) world.wrong("told", `${name} heard last that ${key} is ${heard?.digest} (${heard?.epoch}, ${heard?.n}), and it is ${digestOf(state)} (${live.epoch}, ${live.seq})`);
      }
    }
  };

  return {
    name: "soft",
    type: meter.type,
    actors: keys,

    typeOf(process) {
      const type: ActorType<MeterState, MeterEvent> = {
        ...meter,
        empty(key) {
          const state = meter.empty(key);
          soft.opened(timeline.now, process, state);
          return state;
        },
        apply(state, event, at, seq) {
          meter.apply(state, event, at, seq);
          const life = soft.lives.get(state.by);
          if (event.is !== "rang") life?.ops.push({ opId: event.item, count: state.count });
          if (event.is === "passed") return;
          life?.items.push(event.item);
          if (event.is === "pressed" && event.dueAt !== undefined) soft.due.set(`${state.key} ${event.item}`, event.dueAt);
          if (event.is === "rang" || event.isLogged) soft.standing.add(`${state.key} ${event.item}`);
          if (event.is === "rang" && (at < event.dueAt || born + timeline.now + plan.clock.wallSkewMs < event.dueAt)) world.wrong("timers", `${event.item} of ${state.key} came at ${at}, before ${event.dueAt}`);
        },
        soft: {
          ...meter.soft,
          revived: (state) => soft.opened(timeline.now, process, state),
          changed(key, { epoch, n }, state, events) {
            if (!process.enter()) return;
            const items = events.flatMap(({ event }) => (event.is === "passed" ? [] : [event.item]));
            if (items.length < events.length) world.wrong("told", `${key} told who passed by`);
            soft.told.push({ at: timeline.now, process, key, by: state.by, epoch, n, count: state.count, items });
            world.trace?.(`${process.name} tells ${key} (${epoch}, ${n}) ${digestOf(state)} ${items.join(" ")}`);
            const heard = { epoch, n, digest: digestOf(state) };
            for (const observer of observers) {
              for (let copies = luck.chance(repeated) ? 2 : 1; copies > 0; copies--) {
                if (luck.chance(loss)) continue;
                const message = timeline.after(luck.next() * topicMs, `${observer.name} hears`, () => {
                  carried.delete(message);
                  observer.hear(key, heard);
                });
                carried.add(message);
              }
            }
          },
        },
      };
      return type as unknown as AnyActorType;
    },

    hosted: (entry) => watch(world, entry),

    habits(name, isReader, own) {
      let asked = 0;
      return {
        next() {
          const key = own.pick(keys);
          const chosen = own.next();
          if (isReader || chosen < 0.25) return request(key, "look");
          const opId = `${name}-${++asked}`;
          if (chosen < 0.3) return request(key, "refuse", { opId });
          return chosen < 0.4 ? request(key, "pass", { opId }) : request(key, "press", pressing(opId, own));
        },
      };
    },

    healed() {
      loss = 0;
    },

    fair: (name, actor) => [request(actor, "press", { opId: `${name}-1`, at: born + Math.floor(timeline.now), isLogged: true }), request(actor, "look")],

    rest: () => void rest().catch((error: unknown) => world.wrong("run", String(error))),

    settled: async (evidence) => ({
      history: evidence.history.filter(({ actor }) => !keys.includes(actor)),
      violations: checkMeters({ record: soft, history: evidence.history.filter(({ actor }) => keys.includes(actor)), owned: evidence.owned, joins: world.ledger.joins, limits: world.limits, situations: world.situations }),
    }),
  };
}

/** Notes what the host of a node answers for meters, and when they end. */
function watch({ timeline, soft }: World, { node, process }: Entry): void {
  if (node === undefined) return;
  const { host } = node;
  soft.nodes.set(process, node);
  const { execute, lost, drain } = { execute: host.execute.bind(host), lost: host.lost.bind(host), drain: host.drain.bind(host) };
  const draining = new Set<readonly string[]>();
  host.execute = (call) => {
    const calledAt = timeline.now;
    const answering = execute(call);
    const activation = call.type === meter.type ? host.activations.get(actorName(call.type, call.key)) : undefined;
    if (activation === undefined) return answering;
    return answering.then((answer) => {
      soft.answers.push({ calledAt, at: timeline.now, process, key: call.key, epoch: activation.epoch, call, answer });
      return answer;
    });
  };
  host.drain = async (shards) => {
    draining.add(shards);
    await drain(shards);
    draining.delete(shards);
  };
  host.lost = (shards) => {
    soft.ended(timeline.now, process, shards, draining.has(shards) ? "drained" : "lost");
    lost(shards);
  };
}
