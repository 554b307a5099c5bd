/**
 * `npm run simulate -- compare A B [--out DIR]`: two runs of a scenario, folders or result.json: what has become worse, what better, with
 * intervals; a page of it in DIR, or beside B. Exit status: 0 nothing became worse, 99 something did, 97 one of the runs measured nothing,
 * 2 they cannot be compared.
 */
import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { compareFiles, comparisonText, ReportError, writeComparison } from "../../simulations/index.ts";
import { userPath } from "../user-path.ts";

export default async function compare(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { out: { type: "string" } } });
  const [a, b] = positionals;
  if (a === undefined || b === undefined || positionals.length > 2) {
    console.error("usage: npm run simulate -- compare A B [--out DIR]; A and B are folders that simulate wrote, or result.json in them");
    return 2;
  }
  try {
    const [first, second] = [await resultIn(a), await resultIn(b)];
    const comparison = await compareFiles(first, second);
    const { html } = await writeComparison(values.out === undefined ? dirname(second) : userPath(values.out), comparison);
    console.log(`${comparisonText(comparison)}${html}`);
    return comparison.exitStatus;
  } catch (error) {
    if (!(error instanceof ReportError) && !isMissing(error)) throw error;
    console.error(`These cannot be compared: ${error.message}`);
    return 2;
  }
}

/** Of a folder, its result.json. */
export async function resultIn(given: string): Promise<string> {
  const path = userPath(given);
  return (await stat(path)).isDirectory() ? join(path, "result.json") : path;
}

export const isMissing = (error: unknown): error is Error => error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR" || error.code === "EACCES");
