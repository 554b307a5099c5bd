export { curveOf, secondsOf, type CurveOptions } from "./curve.ts";
export { edgeOf, type Edge } from "./edge.ts";
export { findMax, tolerance, type Phase, type Piece, type Saturation, type SearchOptions } from "./find-max.ts";
export { foretold, lawOf, lawSentence, type Foretold } from "./law.ts";
export { fillings, type Filling, type Use } from "./resources.ts";
export { readRules, ruleOf, type Rule, type Seen } from "./rules.ts";
export { judge, type Judged, type RuleFigure, type Second } from "./step.ts";
export { steadyPeak } from "./steady.ts";
export { saturationText, stepLine } from "./text.ts";
