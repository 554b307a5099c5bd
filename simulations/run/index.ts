export { backEnds, exitStatus, resourceKinds } from "./result.ts";
export type { BackEnd, Latency, OperationResult, ResourceResult, RunResult, Sample, ThresholdResult } from "./result.ts";
