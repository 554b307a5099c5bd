export { batchesOf, watchedTogether } from "./batches.ts";
export { byFigure, tallyOf, verdictOf, type Cell, type Tally, type Verdict } from "./cells.ts";
export { callsOf, closedCalls, type Calls, type CallsOptions } from "./calls.ts";
export { takeoverTimes, type LeaseTimes } from "./failover.ts";
export { backlogOf, outageOf, predictionOf, quantile, sortedBetween, type Backlog, type Outage, type Prediction } from "./figures.ts";
export { answerTimes, throughput, type ClosedLoad, type Failure, type OpenLoad, type SystemModel } from "./model.ts";
export { documentOf, goalsOf, invalidIn } from "./document.ts";
export type { BottleneckFound, CalibrationFound, CellsFound, Findings, HogFound, KillFound, Part, SpikeFound, Watched } from "./findings.ts";
