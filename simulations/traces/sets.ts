/** The traces of this folder, by set. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseTrace, type Trace } from "./trace.ts";

export const traceSets = ["3g-hsdpa", "4g-lte", "fcc-sd", "fcc-hd", "oboe"] as const;

export type TraceSet = (typeof traceSets)[number];

const folder = fileURLToPath(new URL(".", import.meta.url));

/** All traces of a set in the order of their names: the same on every machine. */
export function readTraces(set: TraceSet): Trace[] {
  const names = readdirSync(`${folder}${set}`).filter((name) => name.endsWith(".csv")).toSorted();
  return names.map((name) => parseTrace(`${set}/${name}`, readFileSync(`${folder}${set}/${name}`, "utf8")));
}
