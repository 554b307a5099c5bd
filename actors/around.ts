/** Work around turns of an actor, on the node where it lives: an actor's turns do not wait, so what takes time is done before or after one. */
import { randomUUID } from "node:crypto";
import type { ActionSchema, Context, Service, ServiceSchema } from "moleculer";
import type { CallMeta } from "./action.ts";
import { shardOf, shellOf } from "./runtime/index.ts";

type Call = Context<Record<string, unknown>, CallMeta>;
type Handler = (this: Service, ctx: Call) => Promise<unknown>;

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

/** Callers that name no operation get one. They should: a repetition by the runtime gets another. */
export const withOpId: Around = (next) =>
  function named(ctx) {
    if (ctx.params["opId"] === undefined) ctx.params = { ...ctx.params, opId: randomUUID() };
    return next.call(this, ctx);
  };

/** In which epoch this node has an actor, at this moment; 0 when it does not. */
export const epochHere = ({ broker }: Service, type: string, key: string): number => shellOf(broker).node?.membership.epochOf(shardOf(type, key)) ?? 0;

/** Answers with the epoch in which the turn ran: ownership is looked at in the same step of the event loop in which the turn is taken. */
export const withEpoch = (type: string, keyOf: (ctx: Call) => string): Around => (next) =>
  async function stamped(ctx) {
    const epoch = epochHere(this, type, keyOf(ctx));
    return { epoch, ...((await next.call(this, ctx)) as object) };
  };

/** The answer that a turn needs first, after those that were asked for `key` before: its calls keep their order. Rejects as `question` does, at once. */
export function inTurn<T>(asking: Map<string, Promise<unknown>>, key: string, question: Promise<T>): Promise<T> {
  const before = asking.get(key);
  const asked = Promise.all([question, before]).then(([answer]) => answer);
  const turn = Promise.allSettled([asked, before]);
  asking.set(key, turn);
  void turn.finally(() => {
    if (asking.get(key) === turn) asking.delete(key);
  });
  return asked;
}
