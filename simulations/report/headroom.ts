/** What breaks first: resources by the multiple of the load that fills them. */
import type { ResourceResult, RunResult } from "../run/index.ts";

/** The generator, and the machine that it shares with what it drives, are not part of what is planned: that they fill is why a run is invalid. */
export function byHeadroom(run: RunResult): ResourceResult[] {
  return run.resources.filter(({ kind }) => kind !== "generator" && kind !== "host").toSorted((one, other) => one.headroom - other.headroom || (one.name < other.name ? -1 : 1));
}
