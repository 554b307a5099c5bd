/** The actions that this broker knows, on any node, as the OpenAPI document wants them. */
import type { ServiceBroker } from "moleculer";
import type { DescribedAction } from "./openapi.ts";

/** Every declared action of the registry, once, by name. Moleculer's own and undeclared ones are left out. */
export function describedActions(broker: ServiceBroker): DescribedAction[] {
  const listed = broker.registry.getActionList({ skipInternal: true }) as { name: string; action?: Partial<DescribedAction> }[];
  return listed.flatMap(({ name, action }) => {
    if (action?.access === undefined || action.summary === undefined || action.returns === undefined) return [];
    return [{ name, access: action.access, summary: action.summary, returns: action.returns, params: action.params ?? {} }];
  });
}
