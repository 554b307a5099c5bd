/** The actor runtime: virtual actors over Moleculer. docs/actors.md says how it works. */
export type { AnyActorType } from "./activation.ts";
export { aroundCalls } from "./around-calls.ts";
export type { Answer, Call, Refusal } from "./call.ts";
export { actorService, command, query, type Commit } from "./declare.ts";
export { upcast, type ActorType, type Command, type CommittedEvent, type Decided, type Decision, type Earlier, type Query, type Remind, type Reminded, type StoredEvent, type Turn } from "./definition.ts";
export { Interrupted, NotOwner, Overloaded, ReminderFailed, ReminderRefused, UnknownActor } from "./errors.ts";
export { limits, type Limits } from "./limits.ts";
export { JournalBroken, loadState } from "./load.ts";
export { actorMiddleware, leaveActors } from "./middleware.ts";
export { ActorNode, type ActorNodeParts } from "./node.ts";
export type { ActorStatus, Drained, HotActor, Log, LogEntry, Moved, NodeStatus, Replayed, TypeStatus } from "./operator.ts";
export type { NodeShards, Overview, ShardPlace } from "./overview.ts";
export { actorName, hash, preferred, shardOf, shardsOf } from "./placement.ts";
export type { Clock, Hooks, Random, ShardOwner, Transport } from "./ports.ts";
export type { Check } from "./replay.ts";
export { ActorRefused, shellOf } from "./shell.ts";
