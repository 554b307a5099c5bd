/** Callers that set and cancel reminders of timers, which come while faults rage. */
import type { AnyActorType } from "../../../actors/runtime/activation.ts";
import type { Limits } from "../../../actors/runtime/limits.ts";
import type { Reminder } from "../../../storage/ports.ts";
import type { Seeded } from "../../chaos/random.ts";
import type { Request, Workload } from "../workload.ts";
import type { World } from "../world.ts";
import type { Committed } from "../ledger.ts";
import { names, timerActor, type SetParams, type TimerEvent } from "./actor.ts";
import { checkReminders } from "./check.ts";

/** Wall time at the world's moment 0 (process.ts). */
const born = 1_700_000_000_000;
/** In fair weather none is later than this: a look at the store, and pauses of turns that fail. */
const lateMs = 4_000;

/** A tenth of production's times; small bounds are reached. */
export const reminderLimits = (random: Seeded): Partial<Limits> => ({
  reminderPollMs: 500, reminderRestMs: 50, reminderRetryMs: 50, reminderRetryMaxMs: 400,
  remindersHeld: random.pick([2, 1_000]),
  remindersAtOnce: random.pick([1, 64]),
});

function request(key: string, kind: "set" | "list", params: Partial<SetParams> = {}): Request {
  return {
    type: timerActor.type, key,
    operation: { kind, params, items: params.opId === undefined ? [] : [params.opId], isWhole: true },
    told(answer) {
      if ("error" in answer) throw new Error(`${kind} ${answer.error.name}: ${answer.error.message}`);
      const { version, places = [], items } = answer.ok as { readonly version: number; readonly places?: readonly number[]; readonly items?: readonly string[] };
      return { is: "ok", version, places, items };
    },
  };
}

export function reminderWorkload(world: World): Workload {
  const { plan, timeline } = world;
  const keys = Array.from({ length: plan.actors }, (_, n) => `t${n}`);
  return {
    name: "reminders",
    type: timerActor.type,
    actors: keys,
    typeOf: () => timerActor as unknown as AnyActorType,

    habits(name, isReader, random) {
      let asked = 0;
      return {
        next() {
          const key = random.pick(keys);
          if (isReader || random.chance(0.2)) return request(key, "list");
          const set = { opId: `${name}-${++asked}`, name: random.pick(names) };
          return request(key, "set", random.chance(0.2) ? set : { ...set, inMs: random.between(0, random.pick([1, 100, 1_000, 8_000])) });
        },
      };
    },

    fair: (name, actor) => [request(actor, "set", { opId: `${name}-1`, name: name.at(-1) === "1" ? "a" : "b", inMs: 100 }), request(actor, "list")],

    async settled(evidence) {
      const rows = new Map<string, readonly Reminder[]>();
      for (const key of keys) rows.set(key, (await world.core.load(`${timerActor.type}/${key}`)).reminders);
      world.situations.saw("a reminder was set at one owner and came at another", evidence.commits.some(cameElsewhere(evidence.commits)));
      const { wallSkewMs } = plan.clock;
      const comeBy = wallSkewMs > 1_000 ? undefined : born + timeline.now - wallSkewMs - lateMs;
      return { history: evidence.history, violations: checkReminders({ commits: evidence.commits, rows, born, skewMs: wallSkewMs, comeBy }) };
    },
  };
}

/** Whether an event is of a reminder that came, after one of a former owner that set it. */
function cameElsewhere(commits: readonly Committed[]): (one: Committed) => boolean {
  const setBy = new Map(commits.flatMap(({ actor, body, writer }) => {
    const event = body.e as Partial<TimerEvent>;
    return event.is === "set" ? [[`${actor} ${event.name} ${event.at}`, writer] as const] : [];
  }));
  return ({ actor, body, writer }) => {
    const event = body.e as Partial<TimerEvent>;
    const setter = event.is === "came" ? setBy.get(`${actor} ${event.name} ${event.dueAt}`) : undefined;
    return setter !== undefined && setter !== writer;
  };
}
