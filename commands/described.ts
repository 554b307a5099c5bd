/** Files that people describe something in: a scenario, a day, what is planned. */
import { readFile } from "node:fs/promises";
import { parse, YAMLParseError } from "yaml";
import { ConfigError } from "../config.ts";
import { DescriptionError } from "../simulations/index.ts";
import { userPath } from "./user-path.ts";

/** Whether a word of the command line names a file of a description, not a description that comes with Ensemble. */
export const isFile = (name: string): boolean => /\.(ya?ml|json)$/.test(name);

/** What `read` makes of a file in YAML or JSON. Throws ConfigError for one that is not there, cannot be parsed, or is not what `read` reads. */
export async function describedIn<Read>(name: string, read: (held: unknown) => Read): Promise<Read> {
  const path = userPath(name);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new ConfigError([`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`]);
  });
  try {
    return read(parse(text));
  } catch (error) {
    const problems = error instanceof DescriptionError ? error.problems : error instanceof YAMLParseError ? [error.message] : undefined;
    throw problems === undefined ? error : new ConfigError(problems.map((problem) => `${path}: ${problem}`));
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** What was held with other fields in place of its own. What is no object stays, for its reader to refuse. */
export const withFields = (held: unknown, changed: (own: Fields) => Fields): unknown => (typeof held === "object" && held !== null && !Array.isArray(held) ? { ...held, ...changed(held as Fields) } : held);
