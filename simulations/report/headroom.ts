/** What breaks first: resources by the multiple of the load that fills them. */
import type { ResourceResult, RunResult } from "../run/index.ts";

/** The generator is not part of what is planned: that it fills is why a run is invalid. */
export function byHeadroom(run: RunResult): ResourceResult[] {
  return run.resources.filter(({ kind }) => kind !== "generator").toSorted((one, other) => one.headroom - other.headroom || (one.name < other.name ? -1 : 1));
}
