export { calibrationOf, CalibrationRefused, type Calibration, type OperationCost } from "./calibration.ts";
export { runModel, type ModelOptions } from "./run.ts";
