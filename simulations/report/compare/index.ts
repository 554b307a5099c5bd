export { compare, compareFiles, tolerances } from "./compare.ts";
export type { Change, CompareOptions, Comparison, Difference, OperationComparison, Tolerance } from "./compare.ts";
export { comparisonPage, comparisonText } from "./shown.ts";
