/**
 * How an action is declared: one schema serves validation, the TypeScript type of `ctx.params` and OpenAPI.
 *
 * `access` says who may call it: "public" anyone, "listener" any account, "admin" administrators, "internal" other
 * actors only (the gateway never routes to it). The access middleware in broker.config.ts enforces it; a test fails
 * when an action has none.
 */
import type { ActionSchema, Context, Service } from "moleculer";
import { Unauthorized } from "./errors.ts";

export type Access = "public" | "listener" | "admin" | "internal";
export type Plan = "free" | "premium";
export type Role = "listener" | "admin";

/** Who is calling, as the gateway verified it from the access token. */
export interface Identity {
  readonly id: string;
  readonly username: string;
  readonly plan: Plan;
  readonly role: Role;
  readonly country: string;
}

/** What travels with every call. Kept small: it is serialised on each hop. */
export interface CallMeta {
  user?: Identity;
  requestId?: string;
  /** Scheme and host the client used, e.g. "http://127.0.0.1:3000"; absolute URLs in answers start with it. */
  origin?: string;
}

/** Who calls. Throws Unauthorized when nobody is logged in. */
export function callerOf(ctx: Context<unknown, CallMeta>): Identity {
  if (ctx.meta.user === undefined) throw new Unauthorized();
  return ctx.meta.user;
}

/** The part of fastest-validator's rules that our actions use. */
export type Rule =
  | { type: "string"; optional?: boolean; nullable?: boolean; min?: number; max?: number; pattern?: string | RegExp; trim?: boolean; empty?: boolean; description?: string; default?: string }
  | { type: "number"; optional?: boolean; nullable?: boolean; integer?: boolean; min?: number; max?: number; convert?: boolean; description?: string; default?: number }
  | { type: "boolean"; optional?: boolean; convert?: boolean; description?: string; default?: boolean }
  | { type: "enum"; values: readonly string[]; optional?: boolean; description?: string; default?: string }
  | { type: "array"; items: Rule; optional?: boolean; nullable?: boolean; min?: number; max?: number; convert?: boolean; description?: string }
  | { type: "object"; props: Record<string, Rule>; strict?: boolean; optional?: boolean; nullable?: boolean; description?: string }
  | { type: "record"; key: Rule; value: Rule; optional?: boolean; description?: string }
  | { type: "any"; optional?: boolean; description?: string };

export type Params = Readonly<Record<string, Rule>>;

type ValueOf<R> = R extends { nullable: true } ? PresentValueOf<R> | null : PresentValueOf<R>;

type PresentValueOf<R> = R extends { type: "string" } ? string
  : R extends { type: "number" } ? number
  : R extends { type: "boolean" } ? boolean
  : R extends { type: "enum"; values: readonly (infer V)[] } ? V
  : R extends { type: "array"; items: infer I } ? ValueOf<I>[]
  : R extends { type: "object"; props: infer P } ? ParamsOf<P>
  : R extends { type: "record"; value: infer V } ? Record<string, ValueOf<V>>
  : unknown;

type OptionalKeys<P> = { [K in keyof P]: P[K] extends { default: unknown } ? never : P[K] extends { optional: true } ? K : never }[keyof P];

/** The type of `ctx.params` for a params schema. A rule with a default is always present. */
export type ParamsOf<P> = { -readonly [K in Exclude<keyof P, OptionalKeys<P>>]: ValueOf<P[K]> } & { -readonly [K in OptionalKeys<P>]?: ValueOf<P[K]> };

/** JSON Schema of an answer, for OpenAPI and for tests that check real answers against it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface Declared {
  readonly access: Access;
  readonly summary: string;
  readonly returns: JsonSchema;
}

/**
 * Declares an action. Unknown parameters are refused (`$$strict`). The handler runs with the service as `this`;
 * `resourcesOf(this.broker)` (resources.ts) has its ports, configuration and keys.
 */
export function action<const P extends Params, R>(declaration: Declared & {
  params: P;
  handler(this: Service, ctx: Context<ParamsOf<P>, CallMeta>): Promise<R> | R;
}): ActionSchema & Declared {
  const { params, handler, ...rest } = declaration;
  return { ...rest, params: { $$strict: true, ...params }, handler };
}
