/** Every input and every formula as tables of docs/planning.md, which a test holds to these. */
import { inputs } from "./inputs/index.ts";
import { quantities } from "./quantities/index.ts";
import { shown } from "./numbers.ts";

const cell = (text: string): string => text.replaceAll("|", "\\|");

export function inputTables(): string {
  const given = inputs.map(({ name, unit, value: { low, mid, high }, origin, source, scales }) => {
    const value = low === high ? shown(mid, unit) : `${shown(low, unit)} .. ${shown(mid, unit)} .. ${shown(high, unit)}`;
    return `| \`${name}\` | ${value} | ${origin} | ${cell(source)}${scales ? " *" : ""} |`;
  });
  const derived = quantities.map(({ name, unit, formula, meaning }) => `| \`${name}\` | ${unit} | \`${cell(formula)}\` | ${cell(meaning)} |`);
  return [
    "## Inputs",
    "",
    "`--scale` multiplies those with a star.",
    "",
    "| input | default | origin | says |",
    "|---|---|---|---|",
    ...given,
    "",
    "## Formulas",
    "",
    "| quantity | unit | formula | is |",
    "|---|---|---|---|",
    ...derived,
    "",
  ].join("\n");
}
