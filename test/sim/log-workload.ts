/** Callers that append to logs, read them, and are refused now and then. */
import type { AnyActorType } from "../../actors/runtime/activation.ts";
import { logActor, type Appended, type Listed } from "./log-actor.ts";
import type { Request, Workload } from "./workload.ts";

type Kind = "append" | "list" | "refuse" | "touch";

function request(key: string, kind: Kind, items: readonly string[] = []): Request {
  const params = kind === "append" ? { ops: items.map((item) => ({ opId: item, item })) } : {};
  return {
    type: logActor.type, key,
    operation: { kind, params, items, isWhole: true },
    told(answer) {
      if ("error" in answer) {
        const { name, message, data } = answer.error;
        if (name !== "Refused") throw new Error(`${kind} ${name}: ${message}`);
        return { is: "ok", version: (data as { version: number }).version, places: [], items: undefined };
      }
      // A touch answers nothing, not even a version.
      const { version, places = [], items: listed } = (answer.ok ?? {}) as Partial<Appended & Listed>;
      return { is: "ok", version, places, items: listed };
    },
  };
}

export function logWorkload(actors: number): Workload {
  const keys = Array.from({ length: actors }, (_, n) => `a${n}`);
  return {
    name: "log",
    type: logActor.type,
    actors: keys,
    typeOf: () => logActor as unknown as AnyActorType,
    habits(name, isReader, random) {
      let asked = 0;
      return {
        next() {
          const luck = random.next();
          const kind = isReader || luck < 0.35 ? "list" : luck < 0.4 ? "refuse" : luck < 0.43 ? "touch" : "append";
          const items = kind === "append" ? Array.from({ length: luck < 0.55 ? random.between(2, 5) : 1 }, () => `${name}-${++asked}`) : [];
          return request(random.pick(keys), kind, items);
        },
      };
    },
    fair: (name, actor) => [request(actor, "append", [`${name}-1`]), request(actor, "list")],
  };
}
