/** This device as one of its account's session: what plays here or elsewhere, and what was listened to. A page needs `SessionLink`, `TrackShelf` and `EventOutbox`. */
export { done as afterWish, type Doing } from "./copy.ts";
export { EventOutbox, memoryEventStore, type EventOutboxOptions, type EventStore } from "./event-outbox.ts";
export { phaseOf, type PlayerLike } from "./driver.ts";
export { SessionLink, type HeldPlayer, type LinkOptions } from "./link.ts";
export type { PlaybackEvent, Seen } from "./playback-events.ts";
export type { DeviceType, SessionCalls, SessionContext, SessionDevice, SessionItem, SessionPlayback, SessionRepeat, SessionView } from "./shapes.ts";
export { TrackShelf, type TrackShelfOptions } from "./tracks.ts";
export type { Wish as SessionWish } from "./wishes.ts";
export { wireOf } from "./wire.ts";
