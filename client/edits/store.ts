/** Where edits are kept until the server has acknowledged them: a device may be switched off while offline. */
import type { Op } from "../../actors/playlist/model/index.ts";

/** An op with everything that says when and knowing what it was made. */
export type StampedOp = Op & { readonly clock: Readonly<Record<string, number>>; readonly device: string; readonly at: number };

export interface SavedEdits {
  /** Edits that this device ever made of this playlist. Never goes back, or two edits would have one dot. */
  readonly count: number;
  /** Hybrid time of the last, ms. */
  readonly latestAt: number;
  /** Not acknowledged, oldest first. */
  readonly ops: readonly StampedOp[];
}

/** One per playlist and device. */
export interface EditStore {
  load(): Promise<SavedEdits | null>;
  /** Resolves when `edits` will be there after the device was switched off. */
  save(edits: SavedEdits): Promise<void>;
}

/** Keeps edits as long as the program runs. */
export function memoryEditStore(initial: SavedEdits | null = null): EditStore {
  let saved = initial;
  return {
    load: () => Promise.resolve(saved),
    save: (edits) => {
      saved = edits;
      return Promise.resolve();
    },
  };
}
