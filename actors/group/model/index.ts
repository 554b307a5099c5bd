/** What a group is and does, apart from where it runs. Clients use its arithmetic of time. */
export * from "./errors.ts";
export { limits } from "./limits.ts";
export { packState, stateVersion, unpackState } from "./pack.ts";
export * from "./people.ts";
export { checkQueue, controlled, controlNames, isControl, type ControlName, type Controls } from "./play.ts";
export { applyEvent, emptyState, forgive, type Control, type GroupEvent, type GroupState, type Kept, type Member } from "./state.ts";
export { endsAt, placeAt, playbackOf, positionAt, type Item, type Place, type Playback } from "./time.ts";
export { viewOf, type GroupView } from "./view.ts";
