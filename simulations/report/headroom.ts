/** What breaks first: resources by the multiple of the load that fills them. */
import type { ResourceResult, RunResult } from "../run/index.ts";
import { number } from "./words.ts";

/** The generator, and the machine that it shares with what it drives, are not part of what is planned: that they fill is why a run is invalid. */
export function byHeadroom(run: RunResult): ResourceResult[] {
  return run.resources.filter(({ kind }) => kind !== "generator" && kind !== "host").toSorted((one, other) => one.headroom - other.headroom || (one.name < other.name ? -1 : 1));
}

/** Of loops and cores no more than all is ever in use: one that is full in a run tells that its load fills it, not that a smaller one would not. */
const asGoodAsFull = 0.015;

/** Where a resource is full, as it is said: a multiple of the load, or what is known of one that is full now. */
export const fullAt = ({ headroom }: ResourceResult): string => (Math.abs(headroom - 1) < asGoodAsFull ? "this load, if not before" : `${number(headroom)} times this load`);
