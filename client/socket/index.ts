export { connectSocket, LiveSocket, type LiveSubscription, type PlaylistWatch, type SocketOptions, type SocketState } from "./socket.ts";
export type { VersionedEvent } from "./event-sequence.ts";
export type { WatchOptions } from "./watch.ts";
