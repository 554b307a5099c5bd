/** Actions as the OpenAPI document wants them, from service schemas, without starting anything. */
import type { ServiceSchema } from "moleculer";
import type { DescribedAction } from "./openapi.ts";

/** Every declared action of `schemas`. Undeclared ones are left out. */
export function schemaActions(schemas: readonly ServiceSchema[]): DescribedAction[] {
  return schemas.flatMap(({ name, actions }) => Object.entries((actions ?? {}) as Record<string, Partial<DescribedAction> | false>).flatMap(([action, schema]) => (schema === false ? [] : declared(`${name}.${action}`, schema))));
}

function declared(name: string, { access, summary, returns, params }: Partial<DescribedAction>): DescribedAction[] {
  return access === undefined || summary === undefined || returns === undefined ? [] : [{ name, access, summary, returns, params: params ?? {} }];
}
