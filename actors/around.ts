/** Work around turns of an actor, on the node where it lives: an actor's turns do not wait, so what takes time is done before or after one. */
import type { ActionSchema, Context, Service, ServiceSchema } from "moleculer";
import type { CallMeta } from "./action.ts";

type Handler = (this: Service, ctx: Context<Record<string, unknown>, CallMeta>) => Promise<unknown>;

/** Answers a handler that does something around `next`; what it puts into `ctx.params` the turn is given, unchecked. */
export type Around = (next: Handler) => Handler;

/** The actions of an actor's service with their handlers inside of `arounds`, the first outermost. */
export function wrapped(schema: ServiceSchema, arounds: Readonly<Record<string, readonly Around[]>>): Record<string, ActionSchema> {
  return Object.fromEntries(
    Object.entries(schema.actions ?? {}).map(([name, action]) => {
      const { handler, ...rest } = action as ActionSchema & { handler: Handler };
      return [name, { ...rest, handler: (arounds[name] ?? []).reduceRight((next, around) => around(next), handler) }];
    }),
  );
}
