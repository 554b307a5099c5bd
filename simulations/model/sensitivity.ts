/**
 * How far the latencies of a model can be trusted: what they are when operations cost a little less or more than the calibration says. Far from full the
 * three are alike; close to full a few parts in a hundred decide between milliseconds and seconds, and no model knows better.
 */
import type { RunResult, Table } from "../run/index.ts";
import { uncertainLeast, type Calibration } from "./calibration.ts";

/** `by`: the costs as they are, less and more by what they may well be wrong. */
export function sensitivity(calibration: Calibration, predicted: RunResult, model: (by: Calibration) => RunResult): Table {
  const { uncertain } = calibration;
  const [less, more] = [1 - uncertain, 1 + uncertain].map((times) => model(costing(calibration, times)));
  const each = [less, predicted, more];
  const percent = Math.round(uncertain * 100);
  const labels = [`${percent} % less`, "as calibrated", `${percent} % more`];
  return {
    title: "How sure the predicted latencies are, ms",
    columns: ["operation", ...labels.map((label) => `p50, ${label}`), ...labels.map((label) => `p99, ${label}`)],
    rows: Object.keys(predicted.operations).map((kind) => [kind, ...(["p50Ms", "p99Ms"] as const).flatMap((figure) => each.map((run) => rounded(run?.operations[kind]?.latency[figure] ?? 0)))]),
    note: `What the model says when every operation takes so much less or more of the event loops: half of what costs change between the calibrating runs and this load, at least ${Math.round(uncertainLeast * 100)} %, which is what two calibrations differ by.`,
  };
}

/** The same where everything takes so many times the time of the loops. */
const costing = (calibration: Calibration, times: number): Calibration => ({
  ...calibration,
  operations: Object.fromEntries(Object.entries(calibration.operations).map(([kind, cost]) => [kind, { ...cost, gatewayS: cost.gatewayS * times, nodeS: cost.nodeS * times }])),
});

const rounded = (ms: number): number => (ms < 10 ? Math.round(ms * 100) / 100 : Math.round(ms));
