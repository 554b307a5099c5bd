/** The whole state of a playlist actor: the list, who may do what, and what each user did last. */
import { applyAccess, noAccess, type Access } from "./access.ts";
import { applyToList } from "./apply.ts";
import { isListEvent, type PlaylistEvent } from "./events.ts";
import { emptyList, type List } from "./list.ts";
import { limits } from "./limits.ts";
import { noEdits, noteEdit, type LastEdits } from "./undo.ts";

export interface PlaylistState {
  list: List;
  readonly access: Access;
  lastEdits: LastEdits;
  /** Ms since 1970. */
  createdAt: number;
  /** Last change of an item or a META field, ms since 1970. */
  updatedAt: number;
}

/** Of what `packState` makes. */
export const stateVersion = 1;

export const emptyState = (): PlaylistState => ({ list: emptyList(), access: noAccess(), lastEdits: noEdits(), createdAt: 0, updatedAt: 0 });

/** Changes `state` in place. Never refuses. */
export function applyEvent(state: PlaylistState, event: PlaylistEvent, at: number, version: number): void {
  if (isListEvent(event)) {
    if (event.type === "create") {
      state.access.ownerId = event.by;
      state.access.life = "lives";
      state.createdAt = at;
    }
    noteEdit(state.lastEdits, state.list, event, version);
    applyToList(state.list, event, at, version);
    if (event.type !== "compact") state.updatedAt = at;
    return;
  }
  if (event.type === "delete") {
    state.list = emptyList();
    state.lastEdits = noEdits();
  }
  applyAccess(state.access, event, at);
  state.list.version = version;
}

export const wantsCompaction = ({ list }: PlaylistState): boolean => list.smallestGap < limits.compactBelowGap;

/** OpId of a compaction. No client can make it: "~" is in no id of theirs. */
export const compactionId = (version: number): string => `~compact-${version}`;
