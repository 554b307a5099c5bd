/** `npm run simulate -- report DIR`: makes report.html and the files beside it anew from DIR/result.json, as this version of Ensemble does. Exit status: that of the run; 2 when there is none. */
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { readRuns, ReportError, statusOf, summaryText, writeReport } from "../../simulations/index.ts";
import { isMissing, resultIn } from "./compare.ts";

export default async function report(args: string[]): Promise<number> {
  const { positionals } = parseArgs({ args, allowPositionals: true, options: {} });
  const [folder] = positionals;
  if (folder === undefined || positionals.length > 1) {
    console.error("usage: npm run simulate -- report DIR");
    return 2;
  }
  try {
    const path = await resultIn(folder);
    const runs = await readRuns(path);
    const { html, summary } = await writeReport(dirname(path), runs);
    console.log(summaryText(runs, [html, summary]));
    return statusOf(runs);
  } catch (error) {
    if (!(error instanceof ReportError) && !isMissing(error)) throw error;
    console.error(`There is no report to make: ${error.message}`);
    return 2;
  }
}
