export { latencyOf, mergedSecond, mergedTotal } from "./merge.ts";
export { Recorder, type Counted, type Operation, type Outcome, type Recorded } from "./recorder.ts";
export { backEnds, exitStatus, resourceKinds } from "./result.ts";
export type { BackEnd, Latency, OperationResult, ResourceResult, RunResult, Sample, ThresholdResult } from "./result.ts";
