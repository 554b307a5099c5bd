/**
 * npm run plan -- [FILE.yaml|FILE.json] [--INPUT VALUE ...]: what a load takes (docs/planning.md). Without anything: the seed's numbers.
 *
 *   --concurrent 80e6         any input by its name (load.concurrent) or the name's last part; VALUE is a number or LOW..MID..HIGH
 *   --scale 0.1               multiplies the load
 *   --popularity NAME         how plays spread over tracks
 *   --seed N --draws N        of the worlds that are drawn from the intervals
 *   --explain NAME            where a number comes from, down to the inputs
 *   --sweep NAME=LOW..HIGH    the plan at seven values of an input (:STEPS for another number)
 *   --check-hits              the hit ratios beside those of caches that are really kept (some seconds)
 *   --json                    the plan as JSON, --out DIR writes it to DIR/plan.json
 *   --schema                  JSON Schema of FILE
 *
 * Ends with 0, or with 2 when what was asked cannot be planned.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { DescriptionError, planner } from "../simulations/index.ts";
import { describedIn, withFields } from "./described.ts";
import { userPath } from "./user-path.ts";

const { checkHits, explain, hitCheckReport, inputs, NoPlanError, planOf, readRequest, reportOf, requestSchema, sweepOf, sweepReport } = planner;

const own = {
  scale: { type: "string" },
  popularity: { type: "string" },
  seed: { type: "string" },
  draws: { type: "string" },
  explain: { type: "string" },
  sweep: { type: "string" },
  out: { type: "string" },
  "check-hits": { type: "boolean" },
  json: { type: "boolean" },
  schema: { type: "boolean" },
} as const;

export default async function plan(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { ...inputOptions(), ...own } });
  try {
    if (values.schema === true) {
      console.log(JSON.stringify(requestSchema(), null, 2));
      return 0;
    }
    const [file, ...more] = positionals;
    if (more.length > 0) throw new DescriptionError("FILE", positionals, "one");
    const given = givenIn(values);
    const asked = (held: unknown) => readRequest(merged(held ?? {}, given));
    const request = file === undefined ? asked({}) : await describedIn(file, asked);
    if (values.sweep !== undefined) {
      const sweep = sweepOf(request, values.sweep);
      console.log(values.json === true ? JSON.stringify(sweep, null, 2) : sweepReport(sweep).join("\n"));
      return 0;
    }
    if (values["check-hits"] === true) {
      const checks = checkHits(request);
      console.log(values.json === true ? JSON.stringify(checks, null, 2) : hitCheckReport(checks).join("\n"));
      return 0;
    }
    const answer = planOf(request);
    if (values.explain !== undefined) {
      console.log(explain(answer, values.explain).join("\n"));
      return 0;
    }
    if (values.out !== undefined) {
      const folder = userPath(values.out);
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, "plan.json"), `${JSON.stringify(answer, null, 2)}\n`);
    }
    console.log(values.json === true ? JSON.stringify(answer, null, 2) : reportOf(answer).join("\n"));
    return 0;
  } catch (error) {
    if (!(error instanceof DescriptionError || error instanceof NoPlanError)) throw error;
    console.error(error.message);
    return 2;
  }
}

/** Each input by its name, and by the last part of it: where two end alike, the load's has it, else nobody. */
function inputByOption(): ReadonlyMap<string, string> {
  const names = new Map(inputs.map(({ name }) => [name, name]));
  for (const [tail, same] of Map.groupBy(inputs, ({ name }) => name.slice(name.indexOf(".") + 1))) {
    const chosen = same.find(({ name }) => name.startsWith("load.")) ?? (same.length === 1 ? same[0] : undefined);
    if (chosen !== undefined && !Object.hasOwn(own, tail) && !names.has(tail)) names.set(tail, chosen.name);
  }
  return names;
}

const inputOptions = (): Record<string, { type: "string" }> => Object.fromEntries([...inputByOption().keys()].map((option) => [option, { type: "string" }]));

interface Given {
  /** Of a request, without its inputs. */
  readonly own: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, number | planner.Interval>>;
}

/** What the command line says. Throws DescriptionError for what is no number. */
function givenIn(values: Readonly<Record<string, string | boolean | undefined>>): Given {
  const options = inputByOption();
  const texts = Object.entries(values).flatMap(([option, text]) => (typeof text === "string" ? [[option, text] as const] : []));
  const inputs = texts.flatMap(([option, text]) => {
    const name = options.get(option);
    return name === undefined ? [] : [[name, valueOf(option, text)] as const];
  });
  const own = texts.flatMap(([option, text]): [string, unknown][] => (numbers.has(option) ? [[option, numberOf(option, text)]] : option === "popularity" ? [[option, text]] : []));
  return { own: Object.fromEntries(own), inputs: Object.fromEntries(inputs) };
}

const numbers: ReadonlySet<string> = new Set(["scale", "seed", "draws"]);

/** A file's request with what the command line says in its place. */
const merged = (held: unknown, { own: given, inputs: named }: Given): unknown => withFields(held, ({ inputs: inFile }) => ({ ...given, inputs: withFields(inFile ?? {}, () => named) }));

function valueOf(option: string, text: string): number | planner.Interval {
  const parts = text.split("..");
  if (parts.length === 1) return numberOf(option, text);
  const [low = NaN, mid = NaN, high = NaN] = parts.map((part) => numberOf(option, part));
  if (parts.length !== 3) throw new DescriptionError(`--${option}`, text, "a number or LOW..MID..HIGH");
  return { low, mid, high };
}

function numberOf(option: string, text: string): number {
  const number = Number(text);
  if (text.trim() === "" || Number.isNaN(number)) throw new DescriptionError(`--${option}`, text, "a number");
  return number;
}
