/** `npm run simulate -- list [--json]`: the scenarios that come with Ensemble, and what each is about. */
import { parseArgs } from "node:util";
import { scenarioNames, shippedScenario, words } from "../../simulations/index.ts";

const columns = 100;

export default function list(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { json: { type: "boolean", default: false } } });
  const known = scenarioNames.flatMap((name) => shippedScenario(name) ?? []);
  if (values.json) console.log(JSON.stringify(known.map(({ name, about, concurrent, durationS }) => ({ name, about, concurrent, durationS }))));
  else for (const { name, about, concurrent, durationS } of known) console.log([`${name}  (${words.short(concurrent)} listeners at one time, ${words.clock(durationS)})`, ...folded(about, columns - 2).map((line) => `  ${line}`)].join("\n"));
  return Promise.resolve(0);
}

/** At words, into lines of at most `width` characters. */
function folded(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
