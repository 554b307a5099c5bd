export { calibrating, CalibrationRefused, costsAt, costsOf, withRest, type Calibration, type OperationCost } from "./calibration.ts";
export { sensitivity } from "./sensitivity.ts";
export { runModel, type ModelOptions } from "./run.ts";
