export { defaultRegions, readWorldDay, type WorldDay } from "./description.ts";
export type { Happening } from "./happenings.ts";
export { shippedWorldDay, worldDayNames } from "./shipped.ts";
export { fluidDay, type FluidDayOptions } from "./run.ts";
