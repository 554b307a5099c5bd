/** A call with ops: each is decided on what the ones before it have made of the list, and refused or not by itself. */
import { demand, type May } from "./access.ts";
import { applyToList } from "./apply.ts";
import type { Clock } from "./clock.ts";
import { PlaylistRefused } from "./errors.ts";
import type { ListEvent } from "./events.ts";
import { begin } from "./list.ts";
import type { Op, OpResult } from "./ops.ts";
import { itemIdsOf, resolve, type Resolved } from "./resolve.ts";
import { compactionId, type PlaylistState } from "./state.ts";

interface Call {
  readonly ops: readonly Op[];
  /** For ops that have none of their own. */
  readonly clock?: Clock | undefined;
  readonly device?: string | undefined;
}

interface Circumstances {
  readonly by: string;
  readonly rights: May;
  /** Ms since 1970. */
  readonly now: number;
  /** Number of the last event before this call. */
  readonly version: number;
  readonly earlier: (opId: string) => { readonly seq: number; readonly reply: unknown } | undefined;
}

/** What is kept of a result for a repetition: what does not follow from the op. */
type Kept = Pick<OpResult, "itemIds" | "concurrentWith" | "superseded">;

interface OpEvent {
  readonly opId: string;
  readonly event: ListEvent;
  readonly reply?: Kept;
}

/** Decides `call`. `state` is as before afterwards. */
export function applyOps({ list }: PlaylistState, call: Call, { by, rights, now, version, earlier }: Circumstances): { readonly events: readonly OpEvent[]; readonly results: readonly OpResult[] } {
  const events: OpEvent[] = [];
  const results: OpResult[] = [];
  const next = () => version + events.length + 1;
  // What follows needs to see what came before; alone, nothing follows.
  let rollback = call.ops.length > 1 ? begin(list) : undefined;
  const add = (event: OpEvent) => {
    if (rollback !== undefined) applyToList(list, event.event, now, next());
    events.push(event);
  };
  try {
    for (const given of call.ops) {
      const op = given.clock === undefined && call.clock !== undefined ? { ...given, clock: call.clock, device: given.device ?? call.device } : given;
      const before = earlier(op.opId) ?? earlierIn(events, version, op.opId);
      if (before !== undefined) {
        results.push({ opId: op.opId, status: "repeated", version: before.seq, ...idsOf(op), ...(before.reply as Kept | undefined) });
        continue;
      }
      try {
        demand(rights, isItemOp(op) ? "edit" : "own");
        let resolved = resolve(list, op, { by, now, version: next() });
        if (resolved === "compact") {
          rollback ??= begin(list);
          add({ opId: compactionId(next()), event: { type: "compact" } });
          resolved = resolve(list, op, { by, now, version: next() });
          if (resolved === "compact") throw new Error("no room between integers");
        }
        const reply = keptOf(op, resolved);
        results.push({ opId: op.opId, status: "applied", version: next(), ...idsOf(op), ...reply });
        add({ opId: op.opId, event: resolved.event, ...(reply === undefined ? {} : { reply }) });
      } catch (error) {
        if (!(error instanceof PlaylistRefused)) throw error;
        results.push({ opId: op.opId, status: "refused", error: error.toJSON() });
      }
    }
  } finally {
    rollback?.();
  }
  return { events, results };
}

function earlierIn(events: readonly OpEvent[], version: number, opId: string): { readonly seq: number; readonly reply: unknown } | undefined {
  const index = events.findIndex((event) => event.opId === opId);
  return index < 0 ? undefined : { seq: version + index + 1, reply: events[index]?.reply };
}

const isItemOp = (op: Op) => op.type === "add" || op.type === "addMany" || op.type === "remove" || op.type === "move";

const idsOf = (op: Op): { readonly itemIds: readonly string[] } | undefined => (op.type === "add" || op.type === "addMany" || op.type === "remove" || op.type === "move" ? { itemIds: itemIdsOf(op) } : undefined);

function keptOf(op: Op, { itemIds, concurrentWith, superseded }: Resolved): Kept | undefined {
  const asked = idsOf(op)?.itemIds;
  const kept: Kept = {
    ...(itemIds === undefined || itemIds.length === asked?.length ? {} : { itemIds }),
    ...(concurrentWith.length === 0 ? {} : { concurrentWith }),
    ...(superseded ? { superseded } : {}),
  };
  return Object.keys(kept).length === 0 ? undefined : kept;
}
