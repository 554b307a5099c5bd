/**
 * The language in which the planner's formulas are written: numbers, names of quantities, + - * / ^, parentheses and the functions of
 * functions.ts. The text that `--explain` prints is the text that is computed, so the two cannot part.
 */
import { functions, type FunctionName } from "./functions.ts";
import type { HitRatios } from "./hit-ratios.ts";

/** Where a compiled formula finds its values: those of the quantities by their index, and the hit ratios of the popularity in use. */
export interface Values {
  readonly slots: Float64Array;
  readonly hits: HitRatios;
}

export type Compiled = (values: Values) => number;

export interface Expression {
  readonly text: string;
  /** Names of the quantities that it reads, in the order of their first mention. */
  readonly reads: readonly string[];
  /** `slotOf` tells where the value of a name lies. */
  compile(slotOf: (name: string) => number): Compiled;
}

/** A formula that cannot be read. */
export class FormulaError extends Error {
  override readonly name = "FormulaError";
  readonly code = "FORMULA_INVALID";

  constructor(text: string, at: number, expected: string) {
    super(`"${text}" cannot be read at character ${at + 1}: expected ${expected}`);
  }
}

const operators = {
  "+": (left: number, right: number) => left + right,
  "-": (left: number, right: number) => left - right,
  "*": (left: number, right: number) => left * right,
  "/": (left: number, right: number) => left / right,
  "^": (left: number, right: number) => left ** right,
} as const;

type Operator = keyof typeof operators;

type Node =
  | { readonly type: "number"; readonly value: number }
  | { readonly type: "name"; readonly name: string }
  | { readonly type: "call"; readonly name: FunctionName; readonly arguments: readonly Node[] }
  | { readonly type: "operation"; readonly operator: Operator; readonly left: Node; readonly right: Node };

const token = /\s*(?:(\d+(?:\.\d+)?(?:e[+-]?\d+)?)|([a-zA-Z][a-zA-Z0-9]*(?:\.[a-zA-Z0-9]+)*)|([-+*/^(),]))/y;

/** Throws FormulaError with the place of the mistake. */
export function expressionOf(text: string): Expression {
  const root = parse(text);
  const reads = new Set<string>();
  collect(root, reads);
  return { text, reads: [...reads], compile: (slotOf) => compile(root, slotOf) };
}

function collect(node: Node, reads: Set<string>): void {
  if (node.type === "name") reads.add(node.name);
  else if (node.type === "call") for (const argument of node.arguments) collect(argument, reads);
  else if (node.type === "operation") for (const side of [node.left, node.right]) collect(side, reads);
}

function parse(text: string): Node {
  const tokens: { readonly text: string; readonly type: "number" | "name" | "sign"; readonly at: number }[] = [];
  token.lastIndex = 0;
  for (let at = 0; text.slice(at).trim() !== ""; at = token.lastIndex) {
    token.lastIndex = at;
    const found = token.exec(text);
    if (found === null) throw new FormulaError(text, at, "a number, a name or a sign");
    const [, number, name, sign] = found;
    tokens.push({ text: number ?? name ?? sign ?? "", type: number !== undefined ? "number" : name !== undefined ? "name" : "sign", at });
  }
  let next = 0;
  const fail = (expected: string): never => {
    throw new FormulaError(text, tokens[next]?.at ?? text.length, expected);
  };
  const take = (sign: string): boolean => {
    if (tokens[next]?.type !== "sign" || tokens[next]?.text !== sign) return false;
    next += 1;
    return true;
  };
  const chain = (below: () => Node, signs: readonly Operator[]) => (): Node => {
    let left = below();
    for (;;) {
      const operator = signs.find(take);
      if (operator === undefined) return left;
      left = { type: "operation", operator, left, right: below() };
    }
  };
  const atom = (): Node => {
    if (take("(")) {
      const inner = sum();
      return take(")") ? inner : fail("a closing parenthesis");
    }
    const one = tokens[next];
    if (one === undefined || one.type === "sign") return fail("a number, a name or a parenthesis");
    next += 1;
    if (one.type === "number") return { type: "number", value: Number(one.text) };
    if (!take("(")) return { type: "name", name: one.text };
    const given: Node[] = [];
    if (!take(")")) {
      do given.push(sum());
      while (take(","));
      if (!take(")")) return fail("a comma or a closing parenthesis");
    }
    if (!Object.hasOwn(functions, one.text)) throw new FormulaError(text, one.at, `one of the functions ${Object.keys(functions).join(", ")}`);
    return { type: "call", name: one.text as FunctionName, arguments: given };
  };
  const power = (): Node => {
    const left = atom();
    return take("^") ? { type: "operation", operator: "^", left, right: power() } : left;
  };
  const sum: () => Node = chain(chain(power, ["*", "/"]), ["+", "-"]);
  const root = sum();
  return next === tokens.length ? root : fail("the end or an operator");
}

function compile(node: Node, slotOf: (name: string) => number): Compiled {
  if (node.type === "number") return () => node.value;
  if (node.type === "name") {
    const slot = slotOf(node.name);
    return ({ slots }) => slots[slot] ?? NaN;
  }
  if (node.type === "call") {
    const call = functions[node.name];
    const given = node.arguments.map((argument) => compile(argument, slotOf));
    return (values) => call(given.map((argument) => argument(values)), values.hits);
  }
  const left = compile(node.left, slotOf);
  const right = compile(node.right, slotOf);
  const apply = operators[node.operator];
  return (values) => apply(left(values), right(values));
}
