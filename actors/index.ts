/**
 * What other folders may see of the actors: the shapes that travel with and in calls, and the runtime's middleware that
 * every broker needs. Actors themselves are called by action name.
 */
export type { Access, CallMeta, Declared, Identity, JsonSchema, Params, Plan, Role, Rule } from "./action.ts";
export { actorMiddleware, leaveActors } from "./runtime/index.ts";
