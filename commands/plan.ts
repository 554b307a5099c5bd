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
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { planner } from "../simulations/index.ts";

const { checkHits, explain, hitCheckReport, inputs, NoPlanError, planOf, PlanRequestError, readRequest, reportOf, requestSchema, sweepOf, sweepReport } = planner;

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
    if (positionals.length > 1) throw new PlanRequestError([`there are ${positionals.length} files; one is read`]);
    const request = readRequest(merged(await documentOf(positionals[0]), values));
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
      await mkdir(values.out, { recursive: true });
      await writeFile(join(values.out, "plan.json"), `${JSON.stringify(answer, null, 2)}\n`);
    }
    console.log(values.json === true ? JSON.stringify(answer, null, 2) : reportOf(answer).join("\n"));
    return 0;
  } catch (error) {
    if (!(error instanceof PlanRequestError || error instanceof NoPlanError)) throw error;
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

/** Throws PlanRequestError for a file that is not there or not YAML. */
async function documentOf(path: string | undefined): Promise<Record<string, unknown>> {
  if (path === undefined) return {};
  try {
    const document: unknown = parse(await readFile(path, "utf8"));
    if (document === null || document === undefined) return {};
    if (typeof document !== "object" || Array.isArray(document)) throw new TypeError("it holds no fields");
    return document as Record<string, unknown>;
  } catch (error) {
    throw new PlanRequestError([`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

/** The file's request with what the command line says in its place. */
function merged(document: Record<string, unknown>, values: Readonly<Record<string, string | boolean | undefined>>): unknown {
  const options = inputByOption();
  const given = Object.entries(values).flatMap(([option, text]) => {
    const name = options.get(option);
    return name === undefined || typeof text !== "string" ? [] : [[name, valueOf(option, text)] as const];
  });
  const numbers = (["scale", "seed", "draws"] as const).flatMap((name) => (typeof values[name] === "string" ? [[name, numberOf(name, values[name])] as const] : []));
  const inputsOfFile = document.inputs ?? {};
  const isObject = typeof inputsOfFile === "object" && !Array.isArray(inputsOfFile);
  return {
    ...document,
    ...Object.fromEntries(numbers),
    ...(values.popularity === undefined ? {} : { popularity: values.popularity }),
    inputs: isObject ? { ...inputsOfFile, ...Object.fromEntries(given) } : inputsOfFile,
  };
}

function valueOf(option: string, text: string): number | planner.Interval {
  const parts = text.split("..");
  if (parts.length === 1) return numberOf(option, text);
  const [low = NaN, mid = NaN, high = NaN] = parts.map((part) => numberOf(option, part));
  if (parts.length !== 3) throw new PlanRequestError([`--${option} is "${text}"; it must be a number or LOW..MID..HIGH`]);
  return { low, mid, high };
}

function numberOf(option: string, text: string): number {
  const number = Number(text);
  if (text.trim() === "" || Number.isNaN(number)) throw new PlanRequestError([`--${option} is "${text}"; it must be a number`]);
  return number;
}
