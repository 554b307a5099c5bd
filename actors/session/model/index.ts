/** A session, pure: what its state is, what can happen to it, and what it decides. Nothing here knows of nodes, clocks or stores. */
export * from "./changes.ts";
export * from "./commands.ts";
export * from "./devices.ts";
export * from "./elapsed.ts";
export * from "./errors.ts";
export * from "./limits.ts";
export { decideEvent, type ClientEvent } from "./listening.ts";
export * from "./pack.ts";
export * from "./plans.ts";
export { dueAt, positionAt } from "./position.ts";
export { decideReport, seeing, type Report } from "./report.ts";
export * from "./restore.ts";
export * from "./state.ts";
export * from "./view.ts";
