/** What a listener does to the session, before it is a command of the API. */
import type { SessionContext, SessionRepeat } from "./shapes.ts";

export type Wish =
  /** These tracks become the queue and play here, from `index` on. */
  | { readonly type: "list"; readonly trackIds: readonly string[]; readonly index: number; readonly positionMs: number; readonly context: SessionContext | null }
  | { readonly type: "pause" }
  | { readonly type: "resume" }
  | { readonly type: "seek"; readonly positionMs: number }
  | { readonly type: "next" }
  | { readonly type: "previous" }
  | { readonly type: "jump"; readonly itemId: string }
  | { readonly type: "playNext"; readonly trackIds: readonly string[] }
  | { readonly type: "enqueue"; readonly trackIds: readonly string[] }
  | { readonly type: "remove"; readonly itemId: string }
  /** Behind `after`; null: first. */
  | { readonly type: "move"; readonly itemId: string; readonly after: string | null }
  | { readonly type: "shuffle"; readonly on: boolean }
  | { readonly type: "repeat"; readonly repeat: SessionRepeat }
  | { readonly type: "volume"; readonly volume: number; readonly target: string }
  /** The music goes on there, as it was: playing or not. */
  | { readonly type: "transfer"; readonly target: string }
  | { readonly type: "private"; readonly on: boolean };
