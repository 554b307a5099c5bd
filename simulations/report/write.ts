/** Writes what a planner sees of a run into a folder. The page is written last: who finds it finds the files that it names. */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunResult } from "../run/index.ts";
import { comparisonPage, type Comparison } from "./compare/index.ts";
import { hlogOf } from "./hlog.ts";
import { assets, type Assets } from "./page/assets.ts";
import { reportPage } from "./page/page.ts";
import { asList, resultJson, runsOf } from "./runs.ts";
import { summaryOf } from "./summary.ts";
import { csvOf } from "./timeseries.ts";

export interface Report {
  readonly html: string;
  /** Of the live run where there are two; summary-model.json is beside it. */
  readonly summary: string;
}

/** Paths of the page and of summary.json. Throws ReportError for runs that cannot be shown together. */
export async function writeReport(folder: string, runs: readonly RunResult[]): Promise<Report> {
  await writeAll(folder, reportFiles(runs, await assets()));
  return { html: join(folder, "report.html"), summary: join(folder, "summary.json") };
}

/** comparison.html and comparison.json. */
export async function writeComparison(folder: string, comparison: Comparison): Promise<{ readonly html: string; readonly json: string }> {
  const names = { html: "comparison.html", json: "comparison.json" } as const;
  await writeAll(folder, new Map([[names.json, `${JSON.stringify(comparison, null, 2)}\n`], [names.html, comparisonPage(comparison, await assets())]]));
  return { html: join(folder, names.html), json: join(folder, names.json) };
}

/** Each whole or not at all. */
async function writeAll(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of files) {
    const path = join(folder, name);
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  }
}

/** The files by name, the page last. The same runs give the same bytes. */
export function reportFiles(runs: readonly RunResult[], assets: Assets): Map<string, string> {
  const known = runsOf(runs);
  const files = new Map([["result.json", resultJson(asList(known))]]);
  for (const run of asList(known)) {
    const suffix = run === known.main ? "" : `-${run.backEnd}`;
    files.set(`summary${suffix}.json`, `${JSON.stringify(summaryOf(run), null, 2)}\n`);
    files.set(`latency${suffix}.hlog`, hlogOf(run));
    files.set(`timeseries${suffix}.csv`, csvOf(run));
  }
  return files.set("report.html", reportPage(known, assets, [...files.keys()]));
}
