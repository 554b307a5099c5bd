/**
 * `npm run import -- DIR [--workers N]`: imports a folder into the library, beside a running `npm start` or alone.
 *
 * Ctrl-C stops after the tracks in progress, a second one at once; the same command then goes on where it stopped.
 */
import { stat } from "node:fs/promises";
import { parseArgs } from "node:util";
import { loadConfig } from "../config.ts";
import { userPath } from "./user-path.ts";
import { importFolder } from "./import-folder.ts";

const usage = "usage: npm run import -- DIR [--workers N]";

export default async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args, options: { workers: { type: "string" } }, allowPositionals: true });
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0) {
    console.error(usage);
    return 2;
  }
  const path = userPath(folder);
  if ((await stat(path).catch(() => undefined)) === undefined) {
    console.error(`There is no ${path}.`);
    return 2;
  }
  return importFolder(loadConfig({ ...process.env, ...(values.workers === undefined ? {} : { IMPORT_WORKERS: values.workers }) }), path);
}
