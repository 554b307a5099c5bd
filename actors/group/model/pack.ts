/** A group as small JSON and back: for its mirror, and for groups that nobody calls for a while. */
import { emptyState, type Control, type GroupState } from "./state.ts";
import type { Playback } from "./time.ts";

export const stateVersion = 1;

type PackedMember = readonly [userId: string, username: string, heardAt: number];
type PackedItem = readonly [itemId: string, trackId: string, durationMs: number, addedBy: string];

interface Packed {
  readonly life: GroupState["life"];
  readonly isNew: boolean;
  readonly code: string;
  readonly tokenHash: string;
  readonly hostId: string;
  readonly control: Control;
  readonly startedAt: number;
  readonly awaitedUntil: number | null;
  readonly members: readonly PackedMember[];
  readonly listeners: readonly (readonly [userId: string, heardAt: number])[];
  readonly kicked: readonly string[];
  readonly queue: readonly PackedItem[];
  readonly queueVersion: number;
  readonly index: number;
  readonly playback: Playback | null;
  readonly shownAt: number;
}

export function packState({ members, listeners, queue, ...rest }: GroupState): Packed {
  return { ...rest, members: Array.from(members, ([userId, { username, heardAt }]) => [userId, username, heardAt]), listeners: [...listeners], queue: queue.map(({ itemId, trackId, durationMs, addedBy }) => [itemId, trackId, durationMs, addedBy]) };
}

export function unpackState(packed: unknown): GroupState {
  const { members, listeners, queue, ...rest } = packed as Packed;
  return {
    ...emptyState(),
    ...rest,
    members: new Map(members.map(([userId, username, heardAt]) => [userId, { username, heardAt }])),
    listeners: new Map(listeners),
    queue: queue.map(([itemId, trackId, durationMs, addedBy]) => ({ itemId, trackId, durationMs, addedBy })),
  };
}
