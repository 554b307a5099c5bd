export { encodedLadder, replay, session, type Figures, type Ladder, type ReplayOptions } from "./abr/index.ts";
export { DescriptionError } from "./description/index.ts";
export { runLive, type LiveOptions, type LiveTarget } from "./live/index.ts";
export * as planner from "./planner/index.ts";
export { Stream } from "./random/index.ts";
export { compareFiles, comparisonText, progressLine, ReportError, summaryText, writeComparison, writeReport } from "./report/index.ts";
export { exitStatus, soFar, type RunResult, type Sample } from "./run/index.ts";
export { meanVisit, readScenario, scenarioNames, shippedScenario, type Scenario } from "./scenario/index.ts";
export { Link, readTraces, steadyTrace, traceSets, type Trace, type TraceSet } from "./traces/index.ts";
