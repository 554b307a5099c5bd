/** What a plan allows when a second device wants to play. `transfer` is always allowed: it moves the one stream. */
import type { Plan } from "../../action.ts";

export type SecondDevice = "refused" | "takes-over";

interface PlanRule {
  /** Devices that play at one time. */
  readonly streams: 1;
  readonly second: SecondDevice;
}

export const plans: Readonly<Record<Plan, PlanRule>> = {
  free: { streams: 1, second: "refused" },
  premium: { streams: 1, second: "takes-over" },
};
