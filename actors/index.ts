/**
 * What other folders may see of the actors: the shapes that travel with and in calls, those of what operators are answered,
 * and what every broker needs of the runtime. Actors themselves are called by action name.
 */
export type { Access, CallMeta, Declared, Identity, JsonSchema, Params, Plan, Role, Rule } from "./action.ts";
export { actorMiddleware, aroundCalls, leaveActors, shardsOf } from "./runtime/index.ts";
export type { ActorStatus, Check, Drained, HotActor, Log, Moved, NodeStatus, Overview, Replayed, ShardPlace } from "./runtime/index.ts";
export type { PresenceStatus } from "./presence/actor.ts";
