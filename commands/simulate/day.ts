/**
 * `npm run simulate -- day [SCENARIO|FILE] [--concurrent 80e6] [--seed K] [--out DIR]`: a day of the whole world in the model, as a fluid. With `--events
 * [--scale 1e-4]` a part of it event by event, `--from H --until H` those hours alone. FILE is a day in YAML or JSON (docs/world.md). Writes
 * report.html and what belongs to it. Exit status: 0 every threshold held, 99 one was missed, 2 bad usage. `--schema` prints
 * the JSON Schema of FILE instead.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { DescriptionError, eventDay, exitStatus, fluidDay, planner, readWorldDay, shippedWorldDay, summaryText, worldDayNames, worldDaySchema, writeReport, type RunResult, type WorldDay } from "../../simulations/index.ts";
import { userPath } from "../user-path.ts";
import { describedIn, isFile, withFields } from "../described.ts";
import { version } from "./version.ts";

const usage = `usage: npm run simulate -- day [${worldDayNames.join("|")}|FILE] [--concurrent 80e6] [--seed K] [--step S] [--out DIR] [--events [--scale 1e-4] [--from H] [--until H]] | --schema`;

const options = {
  concurrent: { type: "string" }, seed: { type: "string", default: "1" }, step: { type: "string" }, out: { type: "string" },
  events: { type: "boolean", default: false }, scale: { type: "string", default: "1e-4" }, from: { type: "string" }, until: { type: "string" },
  schema: { type: "boolean", default: false },
} as const;

export default async function day(args: string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options });
    if (values.schema) {
      console.log(JSON.stringify(worldDaySchema(), null, 2));
      return 0;
    }
    const [what = "concurrent-streams", ...more] = positionals;
    const [seed, scale, stepS, fromHour, untilHour] = [values.seed, values.scale, values.step, values.from, values.until].map((text) => (text === undefined ? undefined : Number(text)));
    if (more.length > 0 || seed === undefined || !Number.isSafeInteger(seed) || scale === undefined || [stepS, fromHour, untilHour].some((value) => value !== undefined && Number.isNaN(value))) throw new UsageError(usage);
    const world = await dayOf(what, values.concurrent === undefined ? {} : { concurrent: Number(values.concurrent) });
    const folder = values.out === undefined ? join("data", "simulations", `day-${world.name}-${seed}`) : userPath(values.out);
    const named = { seed, version: version(), command: `npm run simulate -- day ${args.join(" ")}`.trim(), progress: shown(world.hours), ...(stepS === undefined ? {} : { stepS }) };
    const startedMs = performance.now();
    console.log(`${world.name}: ${world.hours} h of the whole world, ${world.concurrent.toLocaleString("en")} streams at most${values.events ? `, ${scale} of it event by event` : ", as a fluid"}`);
    const run: RunResult & { readonly events?: number } = values.events ? eventDay(world, { ...named, scale, ...(fromHour === undefined ? {} : { fromS: fromHour * 3_600 }), ...(untilHour === undefined ? {} : { untilS: untilHour * 3_600 }) }) : fluidDay(world, named);
    console.log(`took ${((performance.now() - startedMs) / 1_000).toFixed(1)} s${run.events === undefined ? "" : ` for ${run.events.toLocaleString("en")} events`}\n`);
    const { html, summary } = await writeReport(folder, [run]);
    console.log([...peaksOf(run), "", ...costOf(run), "", summaryText([run], [html, summary])].join("\n"));
    return exitStatus[run.verdict];
  } catch (error) {
    const isOfUse = error instanceof UsageError || error instanceof DescriptionError || error instanceof planner.NoPlanError || (error instanceof TypeError && "code" in error);
    if (!isOfUse) throw error;
    console.error(error.message);
    return 2;
  }
}

class UsageError extends Error {}

/** A shipped day, or one of a file, with fields in place of its own. */
async function dayOf(name: string, changed: Readonly<Record<string, unknown>>): Promise<WorldDay> {
  const known = shippedWorldDay(name, changed);
  if (known !== undefined) return known;
  if (!isFile(name)) throw new UsageError(usage);
  return describedIn(name, (held) => readWorldDay(withFields(held, () => changed)));
}

/** A line for each tenth: it reads the same in a log. */
function shown(hours: number): (done: number) => void {
  let told = 0;
  return (done) => {
    if (done < told + 0.1) return;
    told = Math.floor(done * 10 + 1e-9) / 10;
    console.log(`  ${(told * hours).toFixed(1)} of ${hours} h`);
  };
}

function peaksOf({ tables = [] }: RunResult): string[] {
  const [table] = tables;
  if (table === undefined) return [];
  const rows = [table.columns, ...table.rows.map((row) => row.map((cell) => (typeof cell === "number" ? cell.toLocaleString("en") : (cell ?? ""))))];
  const widths = table.columns.map((_, n) => Math.max(...rows.map((row) => row[n]?.length ?? 0)));
  return [table.title, ...rows.map((row) => `  ${row.map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0))).join("  ")}`)];
}

function costOf({ costs }: RunResult): string[] {
  if (costs === undefined) return [];
  const parts = costs.parts.toSorted((one, other) => other.perMonth - one.perMonth);
  const all = parts.reduce((sum, { perMonth }) => sum + perMonth, 0);
  return [`${costs.currency} ${Math.round(all).toLocaleString("en")} a month of such days: ${parts.slice(0, 4).map(({ what, perMonth }) => `${what} ${((100 * perMonth) / all).toFixed(1)} %`).join(", ")}`];
}
