export { runLive, type LiveOptions, type LiveTarget } from "./run.ts";
export { validityLimits, whyInvalid } from "./validity.ts";
