/** What breaks first, in the words of a report. */
import { firstToBreak, isOfService, type ResourceResult, type RunResult } from "../run/index.ts";
import { number } from "./words.ts";

export const breaking = (run: RunResult): ResourceResult[] => firstToBreak(run.resources.filter(isOfService));

/** Of loops and cores no more than all is ever in use: one that is full in a run tells that its load fills it, not that a smaller one would not. */
const asGoodAsFull = 0.015;

/** Where a resource is full, as it is said: a multiple of the load, or what is known of one that is full now. */
export const fullAt = ({ headroom }: ResourceResult): string => (Math.abs(headroom - 1) < asGoodAsFull ? "this load, if not before" : `${number(headroom)} times this load`);
