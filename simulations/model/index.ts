export { calibrating, CalibrationRefused, costsOf, withRest, type Calibration, type OperationCost } from "./calibration.ts";
export { runModel, type ModelOptions } from "./run.ts";
