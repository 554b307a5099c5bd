export { BoundExceeded, InvalidOption } from "./errors.ts";
export type { Action } from "./events.ts";
export { merge, summaryOf, type LatencySummary, type Measured, type Measurement, type StationSummary, type Window } from "./measured.ts";
export { deterministic, empirical, exponential, hyperexponential, lognormal, type Chance, type Sampler } from "./samplers.ts";
export { Simulation, type Ended, type Progress, type RunOptions, type SimulationOptions } from "./simulation.ts";
export { Station, type StationOptions, type StopOptions } from "./station.ts";
export type { Done, Outcome, Target } from "./visits.ts";
