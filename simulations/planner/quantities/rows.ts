import type { Derived } from "../graph.ts";

export type DerivedRow = readonly [name: string, unit: string, formula: string, meaning: string];

export const derivedOf = (rows: readonly DerivedRow[]): Derived[] => rows.map(([name, unit, formula, meaning]) => ({ name, unit, formula, meaning }));
