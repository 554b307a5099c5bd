/** The scenarios that come with Ensemble. */
import { readScenario, type Scenario } from "./description.ts";

const shipped: Readonly<Record<string, unknown>> = {
  "concurrent-streams": {
    name: "concurrent-streams",
    about: "80 million people listen at one time: the seed's peak. Everybody plays track after track, skips some, and tells the service where he is.",
    durationS: 120,
    warmUpS: 30,
    concurrent: 80e6,
    thresholds: ["play.p99Ms < 200", "start.p99Ms < 500", "chunk.p99Ms < 200", "play.failedPercent < 0.1", "chunk.failedPercent < 0.1"],
  },
};

export const scenarioNames = Object.keys(shipped);

/** Undefined when there is none of this name. */
export const shippedScenario = (name: string): Scenario | undefined => (Object.hasOwn(shipped, name) ? readScenario(shipped[name]) : undefined);
