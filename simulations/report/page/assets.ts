/**
 * What a page carries with it: its style sheet with uPlot's, and its script with uPlot in it, so that it opens without a network. Bundled
 * from source when a report is written, as the player's page is.
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

export interface Assets {
  readonly css: string;
  readonly script: string;
}

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export async function assets(): Promise<Assets> {
  const uplot = dirname(createRequire(import.meta.url).resolve("uplot/package.json"));
  const [own, theirs, licence, bundle] = await Promise.all([
    readFile(source("./style.css"), "utf8"),
    readFile(join(uplot, "dist/uPlot.min.css"), "utf8"),
    readFile(join(uplot, "LICENSE"), "utf8"),
    build({ entryPoints: [source("./plots.ts")], bundle: true, write: false, minify: true, legalComments: "none", format: "iife", platform: "browser", target: "es2022", charset: "utf8", logLevel: "silent" }),
  ]);
  // Whoever passes the page on passes uPlot on, and its licence asks to go with it.
  return { css: `${theirs}\n${own}`, script: `/*! uPlot: ${licence.trim().replaceAll("*/", "")} */\n${bundle.outputFiles[0]?.text ?? ""}` };
}
