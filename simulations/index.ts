export { DescriptionError } from "./description/index.ts";
export { runLive, type LiveOptions, type LiveTarget } from "./live/index.ts";
export { exitStatus, type RunResult, type Sample } from "./run/index.ts";
export { meanVisit, readScenario, scenarioNames, shippedScenario, type Scenario } from "./scenario/index.ts";
