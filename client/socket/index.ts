export { connectSocket, LiveSocket, type ClockExchange, type LiveSubscription, type LiveView, type PlaylistWatch, type SocketOptions, type SocketState } from "./socket.ts";
export type { VersionedEvent } from "./event-sequence.ts";
export type { FriendActivity, FriendsOptions } from "./friends.ts";
export type { QueueView, ViewOptions } from "./view.ts";
export type { WatchOptions } from "./watch.ts";
