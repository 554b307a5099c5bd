/** For tests: holds a real answer to the JSON Schema its action declares. */
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import type { ServiceBroker } from "moleculer";
import type { Declared } from "../action.ts";

const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
formats.default(ajv);

/** What is wrong with `answer`, as sentences; empty when it is what the action's `returns` says. An answer is judged as it travels: as JSON. */
export function schemaErrors(broker: ServiceBroker, actionName: string, answer: unknown): string[] {
  const found = broker.findNextActionEndpoint(actionName);
  if (found instanceof Error) throw found;
  const { returns } = found.action as unknown as Declared;
  const validate = ajv.compile(returns);
  validate(JSON.parse(JSON.stringify(answer)));
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ""} ${JSON.stringify(error.params)}`);
}
