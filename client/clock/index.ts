/** The service's clock, as a client may know it. */
export { ClockFilter, type ClockSample } from "./clock-filter.ts";
export { ServerClock, type AskClock, type ServerClockOptions } from "./server-clock.ts";
