/** What other folders may see of the actors: the shapes that travel with and in calls. Actors themselves are called by action name. */
export type { Access, CallMeta, Declared, Identity, JsonSchema, Params, Plan, Role, Rule } from "./action.ts";
