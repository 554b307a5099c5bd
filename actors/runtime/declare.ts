/**
 * How a type of actor is declared as a Moleculer service: its pure part and its key, and its actions like any other.
 *
 *   export default actorService({
 *     name: "counter",
 *     actor: counter,           // ActorType: what its commands and queries do
 *     key: "counterId",         // the parameter that says which one
 *     actions: { add: command({ access, summary, params, returns }), value: query({ ... }) },
 *   });
 *
 * Callers write `broker.call("counter.add", { counterId: "c1", ... })` anywhere; the broker's actor middleware finds the one
 * live actor. An action runs the command or query of its name; parameters and access are checked on the owner.
 */
import type { ActionSchema, Context, Service, ServiceSchema } from "moleculer";
import type { CallMeta, Declared, Params } from "../action.ts";
import type { AnyActorType } from "./activation.ts";
import type { ActorType, CommittedEvent } from "./definition.ts";
import { executeHere, hostType } from "./shell.ts";
import type { ActorAction } from "./target.ts";

export interface Commit<Event> {
  readonly key: string;
  /** Number of the last event. */
  readonly version: number;
  /** In which epoch of its shard. */
  readonly epoch: number;
  readonly events: readonly CommittedEvent<Event>[];
}

/** What a soft actor is after a commit, and what happened since the last one that was told. */
export interface Change<State, Event> {
  readonly key: string;
  /** Place of this state among all that were ever told of the actor: pairs only rise. */
  readonly epoch: number;
  readonly n: number;
  /** To be read now; neither to be changed nor kept. */
  readonly state: State;
  readonly events: readonly CommittedEvent<Event>[];
}

type Declaration = Declared & { readonly params: Params };

/** An action that may change the actor. */
export const command = <const D extends Declaration>(declaration: D): D => declaration;

/** An action that only reads it. */
export const query = <const D extends Declaration>(declaration: D): D => declaration;

export function actorService<State, Event>(declaration: {
  readonly name: string;
  readonly actor: ActorType<State, Event>;
  readonly key: string;
  /** Calls without that parameter are for the caller's own actor. */
  readonly own?: boolean;
  /** Commands and queries of the actor. */
  readonly actions: Readonly<Record<string, Declaration>>;
  /** Told of each commit of one actor, after it: what listeners should know. Must not wait for anything. */
  committed?(service: Service, commit: Commit<Event>): void;
  /** The same for a soft type: told when nothing in its state is provisional. */
  changed?(service: Service, change: Change<State, Event>): void;
}): ServiceSchema {
  const { name, actor, key, own = false } = declaration;
  const actions = Object.fromEntries(
    Object.entries(declaration.actions).map(([method, { params, ...rest }]): [string, ActionSchema] => {
      const target: ActorAction = { type: actor.type, key, method, ...(own ? { own } : {}) };
      return [method, {
        ...rest,
        actor: target,
        params: { $$strict: true, ...params },
        handler(this: Service, ctx: Context<Record<string, unknown>, CallMeta>): Promise<unknown> {
          return executeHere(this.broker, target, ctx);
        },
      } as ActionSchema];
    }),
  );
  return {
    name,
    actions,
    created(this: Service) {
      const { committed, changed } = declaration;
      let type: ActorType<State, Event> = actor;
      if (committed !== undefined) type = { ...type, committed: (actorKey, version, events, epoch) => committed(this, { key: actorKey, version, events, epoch }) };
      if (changed !== undefined) type = { ...type, soft: { ...type.soft, changed: (actorKey, stamp, state, events) => changed(this, { key: actorKey, ...stamp, state, events }) } };
      hostType(this.broker, type as unknown as AnyActorType);
    },
  } as ServiceSchema;
}
