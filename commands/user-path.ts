import { resolve } from "node:path";

/** A path a person gave on the command line, absolute. npm runs scripts in the repository's folder; people mean the one they stand in. */
export function userPath(path: string): string {
  return resolve(process.env["INIT_CWD"] ?? process.cwd(), path);
}
