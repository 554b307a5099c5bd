import { expect, test } from "@jest/globals";
import { peakRatePerS, rateAt } from "../arrivals/index.ts";
import { scenarioNames, shippedScenario } from "../scenario/index.ts";
import { steadyPeak } from "./steady.ts";

test.each(scenarioNames)("%s is searched at its greatest rates, without faults", (name) => {
  const scenario = shippedScenario(name);
  if (scenario === undefined) throw new Error("it is listed and not there");
  const steady = steadyPeak(scenario, 50, 20);
  expect(steady).toMatchObject({ name, durationS: 50, warmUpS: 20, faults: [], thresholds: [], concurrent: scenario.concurrent });
  for (const flow of ["searches", "edits", "returns"] as const) {
    const [was, is] = [scenario[flow]?.arrivals, steady[flow]?.arrivals];
    if (was !== undefined && is !== undefined) expect(rateAt(is, 30_000)).toBe(peakRatePerS(was, 0, scenario.durationS * 1_000));
    expect(is === undefined).toBe(was === undefined);
  }
});
