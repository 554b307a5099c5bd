/**
 * The plan as a graph of named quantities. An input is given, as a value or an interval; a derived quantity has a formula over others; one
 * quantity, the number of cells, is sought: the least whole number with which a bound holds. Every number of the report is one of them.
 */
import { expressionOf, type Compiled, type Values } from "./expression.ts";
import type { HitRatios } from "./hit-ratios.ts";

/** Where an input comes from: the brief's text, a run of this repository's benches, somebody's published measurement or price, or nowhere yet. */
export const origins = ["seed", "measured", "published", "assumed"] as const;
export type Origin = (typeof origins)[number];

export interface Interval {
  readonly low: number;
  readonly mid: number;
  readonly high: number;
}

export interface Input {
  readonly name: string;
  readonly unit: string;
  /** The default; an exact value is an interval without width. */
  readonly value: Interval;
  readonly origin: Origin;
  /** What it says, and the place where it is from. */
  readonly source: string;
  /** Least and largest value that makes sense. */
  readonly least: number;
  readonly most: number;
  /** Grows with the service: `--scale` multiplies it. */
  readonly scales: boolean;
}

export interface Derived {
  readonly name: string;
  readonly unit: string;
  readonly formula: string;
  readonly meaning: string;
}

/** The least whole number of `name`, from 1, with which `bounded` is at most `bound`. */
export interface Sought {
  readonly name: string;
  readonly unit: string;
  readonly bounded: string;
  readonly bound: string;
  readonly meaning: string;
}

export interface Graph {
  readonly inputs: readonly Input[];
  readonly derived: readonly Derived[];
  readonly sought: Sought;
  /** Names that a quantity's formula mentions; empty for inputs. */
  readsOf(name: string): readonly string[];
  unitOf(name: string): string;
  has(name: string): boolean;
  /**
   * Computes everything; quantities named in `held` have the values given there, whatever their formulas say. Throws NoPlanError when no number
   * of cells up to `maxCells` will do.
   */
  evaluate(valueOf: (input: Input) => number, hits: HitRatios, held?: Readonly<Record<string, number>>): Evaluation;
}

export interface Evaluation {
  /** Throws RangeError for a name that is not in the graph. */
  value(name: string): number;
}

/** Even with very many cells one is too large: an input is out of all proportion. */
export class NoPlanError extends Error {
  override readonly name = "NoPlanError";
  readonly code = "NO_PLAN";
}

const maxCells = 2 ** 20;

export function graphOf(inputs: readonly Input[], derived: readonly Derived[], sought: Sought): Graph {
  const slots = new Map<string, number>();
  for (const { name } of [...inputs, ...derived, sought]) {
    if (slots.has(name)) throw new TypeError(`two quantities are named ${name}`);
    slots.set(name, slots.size);
  }
  const slotOf = (name: string, by: string): number => {
    const slot = slots.get(name);
    if (slot === undefined) throw new TypeError(`${by} reads ${name}, which is not a quantity`);
    return slot;
  };
  const nodes = new Map(derived.map(({ name, formula }) => {
    const expression = expressionOf(formula);
    return [name, { slot: slotOf(name, name), reads: expression.reads, compute: expression.compile((read) => slotOf(read, name)) }];
  }));
  const ordered = inOrder(nodes);
  const fromSought = dependents(nodes, ordered, sought.name);
  const neededForBound = ancestors(nodes, sought.bounded);
  const before = ordered.filter((name) => !fromSought.has(name));
  const tried = ordered.filter((name) => fromSought.has(name) && neededForBound.has(name));
  const after = ordered.filter((name) => fromSought.has(name) && !neededForBound.has(name));
  const [soughtSlot, boundedSlot, boundSlot] = [slotOf(sought.name, sought.name), slotOf(sought.bounded, sought.name), slotOf(sought.bound, sought.name)];
  const steps = (names: readonly string[]) => names.map((name) => nodes.get(name)).filter((node) => node !== undefined);
  const [stepsBefore, stepsTried, stepsAfter] = [steps(before), steps(tried), steps(after)];

  return {
    inputs,
    derived,
    sought,
    has: (name) => slots.has(name),
    unitOf: (name) => [...inputs, ...derived, sought].find((one) => one.name === name)?.unit ?? "",
    readsOf: (name) => (name === sought.name ? [sought.bounded, sought.bound] : (nodes.get(name)?.reads ?? [])),
    evaluate(valueOf, hits, held) {
      const values: Values = { slots: new Float64Array(slots.size), hits };
      const evaluation: Evaluation = { value: (name) => values.slots[slots.get(name) ?? -1] ?? unknown(name) };
      inputs.forEach((input, n) => {
        values.slots[n] = valueOf(input);
      });
      if (held !== undefined) {
        for (const [name, value] of Object.entries(held)) values.slots[slotOf(name, "what is held")] = value;
        if (!Object.hasOwn(held, sought.name)) throw new TypeError(`${sought.name} is sought by what would be held`);
        for (const name of ordered) if (!Object.hasOwn(held, name)) run(steps([name]), values);
        return evaluation;
      }
      run(stepsBefore, values);
      const holds = (count: number): boolean => {
        values.slots[soughtSlot] = count;
        run(stepsTried, values);
        return (values.slots[boundedSlot] ?? NaN) <= (values.slots[boundSlot] ?? NaN);
      };
      const found = least(holds);
      if (found === undefined) throw new NoPlanError(`no number of ${sought.name} up to ${maxCells} keeps ${sought.bounded} within ${sought.bound} (${values.slots[boundSlot]})`);
      holds(found);
      run(stepsAfter, values);
      return evaluation;
    },
  };
}

function unknown(name: string): never {
  throw new RangeError(`there is no quantity ${name}`);
}

interface Step {
  readonly slot: number;
  readonly compute: Compiled;
}

function run(steps: readonly Step[], values: Values): void {
  for (const { slot, compute } of steps) values.slots[slot] = compute(values);
}

/** Doubling, then bisection. Roundings may let a smaller number hold by luck; what is found holds, and the next smaller does not. */
function least(holds: (count: number) => boolean): number | undefined {
  let high = 1;
  while (!holds(high)) {
    if (high >= maxCells) return undefined;
    high *= 2;
  }
  let low = Math.floor(high / 2);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

type Nodes = ReadonlyMap<string, { readonly reads: readonly string[] }>;

/** Names of derived quantities, each after what it reads. Throws TypeError for a circle. */
function inOrder(nodes: Nodes): string[] {
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    if (done.has(name) || !nodes.has(name)) return;
    if (path.includes(name)) throw new TypeError(`quantities read each other in a circle: ${[...path, name].join(" -> ")}`);
    for (const read of nodes.get(name)?.reads ?? []) visit(read, [...path, name]);
    done.add(name);
  };
  for (const name of nodes.keys()) visit(name, []);
  return [...done];
}

/** `name` and everything that it is computed from. */
function ancestors(nodes: Nodes, name: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(name)) return found;
  found.add(name);
  for (const read of nodes.get(name)?.reads ?? []) ancestors(nodes, read, found);
  return found;
}

/** Those of `ordered` that are computed from `root`, directly or not. */
function dependents(nodes: Nodes, ordered: readonly string[], root: string): ReadonlySet<string> {
  const found = new Set([root]);
  for (const name of ordered) if (nodes.get(name)?.reads.some((read) => found.has(read)) === true) found.add(name);
  return found;
}
