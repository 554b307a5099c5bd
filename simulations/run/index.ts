export { firstToBreak, headroomOf, isOfService, type Rankable } from "./first-to-break.ts";
export { histogramOf, latencyOf, mergedSecond, mergedTotal } from "./merge.ts";
export { Recorder, type Counted, type Operation, type Outcome, type Recorded } from "./recorder.ts";
export { backEnds, exitStatus, resourceKinds } from "./result.ts";
export type { BackEnd, Cost, Latency, LoadCurve, OperationResult, ResourceResult, RunResult, Sample, SampledOperation, Table, ThresholdResult } from "./result.ts";
export { soFar, type SoFar } from "./progress.ts";
export { resourcesOf, verdictOf } from "./resources.ts";
