/** What `get` answers, and a copy of the list made from it: how a device begins. */
import type { May, Access } from "./access.ts";
import { applyToList, newItem } from "./apply.ts";
import { isPublicListEvent, type ListEvent, type PublicEvent } from "./events.ts";
import { server } from "./clock.ts";
import { addItem, emptyList, type List } from "./list.ts";
import type { Meta } from "./ops.ts";
import type { PlaylistState } from "./state.ts";

export interface ItemView {
  readonly itemId: string;
  readonly trackId: string;
  readonly addedBy: string;
  /** ISO 8601. */
  readonly addedAt: string;
  readonly position: number;
}

export interface PlaylistView extends Meta {
  readonly id: string;
  /** Number of the last event that is in it. */
  readonly version: number;
  readonly ownerId: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly itemCount: number;
  readonly may: Pick<May, "edit" | "own">;
  /** For those who may edit. */
  readonly collaborators?: readonly string[];
  /** In order. */
  readonly items?: readonly ItemView[];
}

export function viewOf({ list, access, createdAt, updatedAt }: { readonly list: List; readonly access: Access } & Pick<PlaylistState, "createdAt" | "updatedAt">, { id, version, rights, items }: { readonly id: string; readonly version: number; readonly rights: May; readonly items: boolean }): PlaylistView {
  return {
    id, version, ...list.meta, ownerId: access.ownerId,
    createdAt: new Date(createdAt).toISOString(), updatedAt: new Date(updatedAt).toISOString(), itemCount: list.count,
    may: { edit: rights.edit, own: rights.own },
    ...(rights.edit ? { collaborators: [...access.collaborators] } : {}),
    ...(items ? { items: itemsOf(list) } : {}),
  };
}

/** The items of a list, in order. */
export function itemsOf(list: List): ItemView[] {
  const items: ItemView[] = [];
  for (const { leftAt, itemId, position } of list.places) {
    const item = leftAt === 0 ? list.items.get(itemId) : undefined;
    if (item !== undefined) items.push({ itemId, trackId: item.trackId, addedBy: item.addedBy, addedAt: new Date(item.addedAt).toISOString(), position });
  }
  return items;
}

/** A copy to apply events to, from the answer of `get`. It knows of nothing that was there before. */
export function listOf(view: Meta & { readonly version: number; readonly items?: readonly ItemView[] }): List {
  const list = emptyList();
  list.version = view.version;
  const { name, description, public: isPublic, collaborative } = view;
  list.meta = { name, description, public: isPublic, collaborative };
  const { version } = view;
  const written = { version, heads: undefined };
  list.written = { name: written, description: written, public: written, collaborative: written };
  for (const { itemId, trackId, addedBy, addedAt, position } of view.items ?? []) {
    addItem(list, newItem({ itemId, trackId, addedBy, addedAt: Date.parse(addedAt) }, { position, itemId, version, isEnd: false, leftAt: 0 }, version));
  }
  return list;
}

/** Applies an event as readers are told it. `event.version` must be the one after `list.version`. */
export function applyPublic(list: List, event: PublicEvent): void {
  if (!isPublicListEvent(event)) {
    list.version = event.version;
    return;
  }
  const at = Date.parse(event.at);
  // Its author is taken to have known everything: what was concurrent, the server has settled.
  const stamped: ListEvent = event.type === "compact" ? event : { ...event, stamp: { at, clock: { [server]: event.version - 1 } } };
  applyToList(list, stamped, at, event.version);
}
