/**
 * Devices that edit one list apart from each other and meet now and then: histories for tests of the merge. Each has a
 * wall clock of its own, which may be wrong; its edits carry hybrid time and a vector clock, as a client's do.
 */
import { count, mergeInto, emptyCopy, itemsOf, tick, type Copy, type Meta, type OfflineEdit, type Op } from "../model/index.ts";

export type Act =
  | { readonly device: number; readonly does: "add" | "remove" | "move" | "rename"; readonly which: number; readonly where: number; readonly n: number; readonly wall: number }
  | { readonly device: number; readonly does: "meet"; readonly other: number };

/** What a copy shows: equal copies show the same. */
export const shown = (copy: Copy): unknown => ({ meta: copy.list.meta, items: itemsOf(copy.list).map(({ itemId, trackId, addedBy, addedAt }) => [itemId, trackId, addedBy, addedAt]) });

class Editor {
  readonly copy = emptyCopy();
  readonly edits: OfflineEdit[] = [];
  readonly device: string;
  #latest = 0;

  constructor(device: string) {
    this.device = device;
  }

  learn(edits: readonly OfflineEdit[]): void {
    const known = new Set(this.edits);
    const news = edits.filter((edit) => !known.has(edit));
    this.edits.push(...news);
    this.#latest = Math.max(this.#latest, ...news.map(({ at }) => at));
    mergeInto(this.copy, news);
  }

  act({ does, which, where, n, wall }: Exclude<Act, { does: "meet" }>): void {
    const ids = itemsOf(this.copy.list).map(({ itemId }) => itemId);
    const clock = tick(this.copy.seen, this.device);
    const opId = `${this.device}-${count(clock, this.device)}`;
    const at = Math.max(wall, this.#latest + 1);
    const stamp = { opId, clock, device: this.device, at, by: this.device };
    const after = where % 5 === 0 ? undefined : where % 5 === 1 ? null : ids[where % Math.max(1, ids.length)];
    const chosen = ids.length === 0 ? [] : [...new Set(Array.from({ length: n }, (_, i) => ids[(which + i) % ids.length] ?? ""))];
    const edit = { ...stamp, ...opOf(does, chosen, after, opId, n) } as OfflineEdit;
    if (!("itemIds" in edit) || (edit.itemIds?.length ?? 1) > 0) this.learn([edit]);
  }
}

function opOf(does: "add" | "remove" | "move" | "rename", chosen: readonly string[], after: string | null | undefined, opId: string, n: number): object {
  if (does === "rename") return { type: "rename", name: `by ${opId}` };
  if (does === "remove") return { type: "remove", itemIds: chosen };
  if (does === "move") return { type: "move", itemIds: chosen, ...(after === undefined || (after !== null && chosen.includes(after)) ? {} : { after }) };
  return { type: "addMany", trackIds: Array.from({ length: n }, (_, i) => `t-${opId}-${i}`), ...(after === undefined ? {} : { after }) };
}

export interface History {
  readonly copies: readonly Copy[];
  readonly edits: readonly OfflineEdit[];
}

/** Plays `acts` on `devices` devices, then lets everybody meet everybody. */
export function play(acts: readonly Act[], devices: number): History {
  const editors = Array.from({ length: devices }, (_, i) => new Editor(`d${i}`));
  const one = (i: number) => editors[i % devices] as Editor;
  for (const act of acts) {
    if (act.does === "meet") one(act.device).learn(one(act.other).edits);
    else one(act.device).act(act);
  }
  const edits = [...new Set(editors.flatMap((editor) => editor.edits))];
  for (const editor of editors) editor.learn(edits);
  return { copies: editors.map(({ copy }) => copy), edits };
}

/** Whether `one`'s author knew `other` when making it. */
export const knew = (one: OfflineEdit, other: OfflineEdit): boolean => count(one.clock, other.device) >= count(other.clock, other.device);

/** What an edit is about: items and META fields. */
export function subjectsOf(op: Op): readonly string[] {
  if (op.type === "add" || op.type === "addMany") return [];
  if (op.type === "remove" || op.type === "move") return op.itemIds ?? [op.itemId ?? ""];
  const field: Record<typeof op.type, keyof Meta> = { rename: "name", describe: "description", setPublic: "public", setCollaborative: "collaborative" };
  return [field[op.type]];
}
