/** A scenario as a search runs it: each flow at the greatest rate that it has in the scenario, all of the time, and no faults. What bears this bears the scenario's peak. */
import { peakRatePerS, type ArrivalsDescription } from "../arrivals/index.ts";
import type { Scenario } from "../scenario/index.ts";

export function steadyPeak(scenario: Scenario, durationS: number, warmUpS: number): Scenario {
  const { visits: _visits, release: _release, searches, edits, returns, social, ...rest } = scenario;
  const untilMs = scenario.durationS * 1_000;
  const peak = (of: ArrivalsDescription): ArrivalsDescription => ({ type: "poisson", ratePerS: peakRatePerS(of, 0, untilMs) });
  return {
    ...rest, durationS, warmUpS, faults: [], thresholds: [],
    ...(searches === undefined ? {} : { searches: { ...searches, arrivals: peak(searches.arrivals) } }),
    ...(edits === undefined ? {} : { edits: { ...edits, arrivals: peak(edits.arrivals) } }),
    ...(returns === undefined ? {} : { returns: { ...returns, arrivals: peak(returns.arrivals) } }),
    ...(social === undefined ? {} : { social: { ...social, ...(social.star === undefined ? {} : { star: { ...social.star, changes: peak(social.star.changes) } }) } }),
  };
}
