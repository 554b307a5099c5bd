/** Where a number comes from: its formula with the values in it, and the same for everything that it reads, down to the inputs and their sources. */
import { DescriptionError } from "../description/index.ts";
import { shown } from "./numbers.ts";
import { graph, type Plan } from "./plan.ts";

/** Lines to print. What was explained above is not explained again. Throws DescriptionError for a name that is not in the plan. */
export function explain(plan: Plan, name: string): string[] {
  if (!graph.has(name)) {
    const near = [...plan.quantities, ...plan.request.inputs].map((one) => one.name).filter((one) => one.includes(name) || name.startsWith(`${one.split(".")[0]}.`));
    throw new DescriptionError("explain", name, `a quantity of the plan${near.length === 0 ? "" : `, such as ${near.join(", ")}`}`);
  }
  const lines: string[] = [];
  const told = new Set<string>();
  const tell = (one: string, depth: number): void => {
    const indent = "  ".repeat(depth);
    const input = plan.request.inputs.find((other) => other.name === one);
    if (input !== undefined) {
      const { low, mid, high } = input.value;
      const interval = low === high ? "" : ` (${shown(low, input.unit)} .. ${shown(high, input.unit)})`;
      lines.push(`${indent}${one} = ${shown(mid, input.unit)}${interval}  [${input.origin}] ${input.origin === "given" ? "in the request" : input.source}`);
      return;
    }
    const quantity = plan.quantities.find((other) => other.name === one);
    if (quantity === undefined) return;
    const isTold = told.has(one);
    lines.push(`${indent}${one} = ${shown(quantity.mid, quantity.unit)}${isTold ? "  (above)" : `  ${quantity.meaning}`}`);
    if (isTold) return;
    told.add(one);
    lines.push(`${indent}  = ${quantity.formula}`);
    for (const read of graph.readsOf(one)) tell(read, depth + 1);
  };
  tell(name, 0);
  return lines;
}
