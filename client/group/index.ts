/** Listening together: the calls, and what keeps a player where the group is. */
export type { Control, GroupView, Item as GroupItem, Playback as GroupPlayback } from "../../actors/group/model/index.ts";
export { placeAt, positionAt } from "../../actors/group/model/index.ts";
export { GroupCalls, groupOfLink, type FoundGroup, type Group, type GroupCommand, type GroupHere, type GroupKey, type GroupMemory, type GroupPlace, type NewGroup } from "./calls.ts";
export type { GroupPlayer, HeardNow, Played } from "./player.ts";
export { GroupSync, type SyncClock, type SyncOptions, type SyncState } from "./sync.ts";
export { memoryOf, Stay, type StayOptions } from "./stay.ts";
