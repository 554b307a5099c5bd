export { edgeOf, type Edge } from "./edge.ts";
export { findMax, tolerance, type Phase, type Piece, type Saturation, type SearchOptions } from "./find-max.ts";
export { readRules, ruleOf, type Rule, type Seen } from "./rules.ts";
export { judge, type Judged, type RuleFigure, type Second } from "./step.ts";
