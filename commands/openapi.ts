/**
 * `node commands/main.ts openapi [--check]`: writes docs/openapi.json from the action schemas and the route table; with
 * --check only says whether the file is current (exit status 1 when it is not).
 */
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { loadServices, serviceNames } from "../ensemble.ts";
import { openApiDocument, ownPaths, routes, schemaActions } from "../gateway/index.ts";

const file = new URL("../docs/openapi.json", import.meta.url);

/** The document's text, as the file holds it. */
export async function openApiText(): Promise<string> {
  const actions = schemaActions(await loadServices(serviceNames));
  return `${JSON.stringify(openApiDocument(actions, routes, ownPaths), null, 1)}\n`;
}

export default async function openapi(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { check: { type: "boolean", default: false } } });
  const text = await openApiText();
  if (values.check) {
    const current = (await readFile(file, "utf8").catch(() => "")) === text;
    console.log(current ? "docs/openapi.json is current" : "docs/openapi.json is out of date: run the openapi command and commit it");
    return current ? 0 : 1;
  }
  await writeFile(file, text);
  console.log(`docs/openapi.json: ${Object.keys((JSON.parse(text) as { paths: object }).paths).length} paths`);
  return 0;
}
