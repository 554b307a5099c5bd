/**
 * What a client asks for: ops, in the client's words. They name items and anchors, never positions: those are the server's.
 *
 * `after`: null = first, absent = last, else behind that item; if it is gone meanwhile, where it stood.
 *
 * An op made offline says what its author knew: `clock`, a vector clock (clock.ts) that counts the op itself under `device`, and
 * `at`, its hybrid time in ms: later than everything its author had seen, and not before the wall clock. An op without `clock` was
 * made online: it knows all that the server knows when it arrives.
 */
import type { Clock } from "./clock.ts";
import type { RefusedAs } from "./errors.ts";

export interface OpStamp {
  /** Made by the client, once per op: a repetition is answered as the first. [A-Za-z0-9_-], at most `limits.opId`. */
  readonly opId: string;
  readonly clock?: Clock | undefined;
  readonly device?: string | undefined;
  readonly at?: number | undefined;
}

type After = { readonly after?: string | null | undefined };
/** One or several; several in the order that they shall stand in. */
type Items = { readonly itemId?: string | undefined; readonly itemIds?: readonly string[] | undefined };

export type ItemOp =
  /** The item's id is `itemId`, or the opId. */
  | (OpStamp & After & { readonly type: "add"; readonly trackId: string; readonly itemId?: string | undefined })
  /** The ids are `itemIds`, or "<opId>-0", "<opId>-1", ... */
  | (OpStamp & After & { readonly type: "addMany"; readonly trackIds: readonly string[]; readonly itemIds?: readonly string[] | undefined })
  | (OpStamp & Items & { readonly type: "remove" })
  | (OpStamp & Items & After & { readonly type: "move" });

export type MetaOp = OpStamp &
  (
    | { readonly type: "rename"; readonly name: string }
    | { readonly type: "describe"; readonly description: string }
    | { readonly type: "setPublic"; readonly public: boolean }
    | { readonly type: "setCollaborative"; readonly collaborative: boolean }
  );

export type Op = ItemOp | MetaOp;

/** What became of an op. */
export interface OpResult {
  readonly opId: string;
  /** "repeated": it had been applied before, as `version`. */
  readonly status: "applied" | "repeated" | "refused";
  /** Number of its event. */
  readonly version?: number;
  /** The items that it added, removed or moved. */
  readonly itemIds?: readonly string[];
  /** Ops that last edited the same item or field and that this one's author did not know, nor their authors this one. */
  readonly concurrentWith?: readonly string[];
  /** A later edit than this one had reached the server before it, and stands. */
  readonly superseded?: true;
  readonly error?: RefusedAs;
}

/** Fields of the META item that have a last writer. */
export interface Meta {
  readonly name: string;
  readonly description: string;
  readonly public: boolean;
  readonly collaborative: boolean;
}
