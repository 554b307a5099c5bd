/** What-if: the plan at several values of one input, everything else at its middle. */
import { DescriptionError } from "../description/index.ts";
import { NoPlanError } from "./graph.ts";
import { evaluateAt, resourcesAt, type Resource } from "./plan.ts";
import type { PlanRequest } from "./request.ts";

export interface Sweep {
  readonly input: string;
  readonly unit: string;
  readonly rows: readonly SweepRow[];
}

export interface SweepRow {
  readonly at: number;
  /** By name, in the order of `sweptAnswers`; null when no plan exists at this value. */
  readonly answers: Readonly<Record<string, number>> | null;
  readonly first: string | null;
}

export const sweptAnswers = ["cells", "nodes", "gateway.nodes", "session.nodes", "edge.hit", "edge.missBps", "origin.bps", "play.p99Ms", "search.p99Ms", "cost.nodes", "cost"] as const;

const steps = { usual: 7, most: 1000 };
/** From this ratio on the steps are equal factors. */
const wide = 10;

/** `text`: NAME=LOW..HIGH or NAME=LOW..HIGH:STEPS. Throws DescriptionError. */
export function sweepOf(request: PlanRequest, text: string): Sweep {
  const found = /^([\w.]+)=([^:]+?)\.\.([^:]+?)(?::(\d+))?$/.exec(text);
  const [, name = "", from, to, given] = found ?? [];
  const input = request.inputs.find((one) => one.name === name);
  const [low, high, count] = [Number(from), Number(to), given === undefined ? steps.usual : Number(given)];
  if (found === null || input === undefined) throw new DescriptionError("sweep", text, "NAME=LOW..HIGH or NAME=LOW..HIGH:STEPS, NAME the name of an input");
  if (!(low >= input.least && high <= input.most && low < high)) throw new DescriptionError("sweep", text, `rising, and within ${input.least} and ${input.most} for ${name}`);
  if (count < 2 || count > steps.most) throw new DescriptionError("sweep", text, `of 2 to ${steps.most} steps`);
  // What is counted goes from one to the next.
  const isCounted = input.unit === "nodes" && high - low < count;
  const values = isCounted
    ? Array.from({ length: Math.floor(high) - Math.ceil(low) + 1 }, (_, n) => Math.ceil(low) + n)
    : Array.from({ length: count }, (_, n) => (low > 0 && high / low >= wide ? low * (high / low) ** (n / (count - 1)) : low + ((high - low) * n) / (count - 1)));
  return { input: name, unit: input.unit, rows: values.map((at) => rowAt(request, name, at)) };
}

function firstOf(resource: Resource | undefined): string | null {
  return resource === undefined || resource.breaksAt === null ? null : `${resource.name} at ${resource.breaksAt.toFixed(2)} x`;
}

function rowAt(request: PlanRequest, name: string, at: number): SweepRow {
  try {
    const evaluation = evaluateAt(request, { [name]: at });
    return { at, answers: Object.fromEntries(sweptAnswers.map((answer) => [answer, evaluation.value(answer)])), first: firstOf(resourcesAt(request, evaluation, { [name]: at })[0]) };
  } catch (error) {
    if (error instanceof NoPlanError) return { at, answers: null, first: null };
    throw error;
  }
}
