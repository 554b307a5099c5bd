export { defaultRegions, readWorldDay, worldDaySchema, type WorldDay } from "./description.ts";
export type { Happening } from "./happenings.ts";
export { shippedWorldDay, worldDayNames } from "./shipped.ts";
export { eventDay, eventRun, fluidDay, type EventDayOptions, type FluidDayOptions } from "./run.ts";
