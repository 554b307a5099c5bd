export { byFigure, tallyOf, verdictOf, type Cell, type Tally, type Verdict } from "./cells.ts";
export { callsOf, closedCalls, type Calls, type CallsOptions } from "./calls.ts";
export { takeoverTimes, type LeaseTimes } from "./failover.ts";
export { backlogOf, outageOf, predictionOf, quantile, sortedBetween, type Backlog, type Outage, type Prediction } from "./figures.ts";
export { answerTimes, throughput, type ClosedLoad, type Failure, type OpenLoad, type SystemModel } from "./model.ts";
