/** Actions as the OpenAPI document wants them: from a running broker's registry, or from service schemas. */
import type { ServiceBroker, ServiceSchema } from "moleculer";
import type { DescribedAction } from "./openapi.ts";

/** Every declared action that this broker knows, on any node. Moleculer's own and undeclared ones are left out. */
export function describedActions(broker: ServiceBroker): DescribedAction[] {
  const listed = broker.registry.getActionList({ skipInternal: true }) as { name: string; action?: Partial<DescribedAction> }[];
  return listed.flatMap(({ name, action }) => declared(name, action));
}

/** Every declared action of `schemas`, without starting anything. */
export function schemaActions(schemas: readonly ServiceSchema[]): DescribedAction[] {
  return schemas.flatMap(({ name, actions }) => Object.entries((actions ?? {}) as Record<string, Partial<DescribedAction> | false>).flatMap(([action, schema]) => declared(`${name}.${action}`, schema === false ? undefined : schema)));
}

function declared(name: string, action: Partial<DescribedAction> | undefined): DescribedAction[] {
  if (action?.access === undefined || action.summary === undefined || action.returns === undefined) return [];
  return [{ name, access: action.access, summary: action.summary, returns: action.returns, params: action.params ?? {} }];
}
