export { readScenario, scenarioSchema, type Scenario } from "./description.ts";
export { errandsOf, playlistsAt, type Errand, type ErrandWork } from "./errands.ts";
export { marksOf, nameOf, type Fault } from "./faults.ts";
export { scenarioNames, shippedScenario } from "./shipped.ts";
export { followedBy, isConnected, star } from "./social.ts";
export { judge, thresholdSchema, type Threshold } from "./thresholds.ts";
export { linkOf, meanVisit, visitsOf, type Visit, type VisitOptions, type VisitPlay } from "./visits.ts";
