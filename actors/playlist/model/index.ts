/** Everything pure about playlists. The server decides with it, devices keep copies with it: one merge for both. Imports nothing, runs anywhere. */
export { demand, may, type Access, type May } from "./access.ts";
export { applyToList } from "./apply.ts";
export { compare, count, merge, server, tick, type Clock, type Order } from "./clock.ts";
export { notFound, PlaylistRefused, type RefusalType, type RefusedAs } from "./errors.ts";
export { isListEvent, publicEvent, type AccessEvent, type ItemAt, type ListEvent, type NewItem, type PlaylistEvent, type PublicEvent, type WholeItem } from "./events.ts";
export { limits } from "./limits.ts";
export { begin, emptyList, type List } from "./list.ts";
export { emptyCopy, mergeInto, type Copy, type OfflineEdit } from "./merge.ts";
export type { ItemOp, Meta, MetaOp, Op, OpResult } from "./ops.ts";
export { applyOps } from "./ops-call.ts";
export { packState, unpackState } from "./pack.ts";
export { checkMeta, itemIdsOf, resolve, type Resolved } from "./resolve.ts";
export { applyEvent, compactionId, emptyState, stateVersion, wantsCompaction, type PlaylistState } from "./state.ts";
export { undoEvent, type UndoEvent } from "./undo.ts";
export { applyPublic, itemsOf, listOf, viewOf, type ItemView, type PlaylistView } from "./view.ts";
