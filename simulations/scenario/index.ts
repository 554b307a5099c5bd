export { readScenario, type Scenario } from "./description.ts";
export { scenarioNames, shippedScenario } from "./shipped.ts";
export { judge, type Threshold } from "./thresholds.ts";
export { meanVisit, visitsOf, type Visit, type VisitOptions, type VisitPlay } from "./visits.ts";
