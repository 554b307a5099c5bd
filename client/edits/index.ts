/** Playlists on a device: a copy that is edited at once, online or not, and the queue that brings the edits to the server. */
export { EditQueue, editBackoff, type ApplyAnswer, type EditQueueOptions, type EditReport, type OpsAnswer, type Wish } from "./edit-queue.ts";
export { memoryEditStore, type EditStore, type SavedEdits, type StampedOp } from "./store.ts";
export { PlaylistRefused, type ItemView, type OpResult, type PlaylistView, type PublicEvent } from "../../actors/playlist/model/index.ts";
