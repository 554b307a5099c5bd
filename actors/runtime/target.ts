/** Which actor a call of an action is for. */
import type { CallMeta } from "../action.ts";

/** What the registry of every node knows of an actor's action. */
export interface ActorAction {
  readonly type: string;
  /** The parameter that says which actor. */
  readonly key: string;
  readonly method: string;
  /** Without that parameter it is the caller's own: its key is his id. */
  readonly own?: boolean;
}

/** Which actor a call is for; undefined when it does not say. */
export function keyOf(target: ActorAction, params: unknown, meta: unknown): string | undefined {
  const given = (params as Readonly<Record<string, unknown>> | null | undefined)?.[target.key] ?? (target.own === true ? (meta as CallMeta | undefined)?.user?.id : undefined);
  return typeof given === "string" ? given : undefined;
}
