/** `npm run config -- show [--redacted] [--json]`: every setting, its value in this environment and its meaning. Secrets are never shown. */
import { parseArgs } from "node:util";
import { loadConfig, redact, settings } from "../config.ts";

export default async function config(args: string[]): Promise<number> {
  const { positionals, values } = parseArgs({ args, allowPositionals: true, options: { redacted: { type: "boolean" }, json: { type: "boolean" } } });
  if (positionals[0] !== "show" || positionals.length > 1) {
    console.error("usage: npm run config -- show [--redacted] [--json]");
    return 2;
  }
  // Secrets stay hidden with or without --redacted: whoever may see them has the environment.
  const shown = redact(loadConfig());
  if (values.json === true) {
    console.log(JSON.stringify(shown, null, 2));
    return 0;
  }
  for (const { name, meaning } of settings()) {
    const value = shown[name];
    const text = value === null || value === undefined ? "-" : typeof value === "string" ? value : Array.isArray(value) ? value.join(",") || "-" : JSON.stringify(value);
    console.log(`${name.padEnd(21)} ${text.padEnd(28)} ${meaning}`);
  }
  return 0;
}
