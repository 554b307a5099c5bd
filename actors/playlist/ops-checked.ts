/** Ops before they reach the actor: what cannot be meant is refused with the call, and tracks that do not exist op by op. */
import { InvalidInput } from "../errors.ts";
import type { KnownTracks } from "./known-tracks.ts";
import { PlaylistRefused } from "./model/errors.ts";
import type { Op, OpResult } from "./model/ops.ts";
import { needed } from "./params.ts";

/** Throws InvalidInput for an op that lacks what its type needs, and for two ops with one id. */
export function checkOps(ops: readonly Op[]): void {
  const ids = new Set<string>();
  for (const [at, op] of ops.entries()) {
    const fields = needed[op.type] ?? [];
    if (!fields.some((field) => (op as unknown as Readonly<Record<string, unknown>>)[field] !== undefined)) throw new InvalidInput(`An op of type ${op.type} has ${fields.join(" or ")}.`, { field: `ops[${at}].${fields[0] ?? ""}` });
    if (ids.has(op.opId)) throw new InvalidInput("Two ops of one call have the same opId.", { field: `ops[${at}].opId` });
    ids.add(op.opId);
  }
}

function tracksOf(op: Op): readonly string[] {
  if (op.type === "add") return [op.trackId];
  return op.type === "addMany" ? op.trackIds : [];
}

/** Tracks that `ops` add and that are not known to exist. */
export const unknownTracks = (ops: readonly Op[], tracks: KnownTracks): string[] => ops.flatMap((op) => tracksOf(op).filter((id) => !tracks.has(id)));

/** `ops` without those that add a track which does not exist, and what is said of those. */
export function withoutMissing(ops: readonly Op[], tracks: KnownTracks): { readonly good: readonly Op[]; readonly refused: ReadonlyMap<string, OpResult> } {
  const refused = new Map<string, OpResult>();
  for (const op of ops) {
    const missing = tracksOf(op).filter((id) => !tracks.has(id));
    if (missing.length === 0) continue;
    refused.set(op.opId, { opId: op.opId, status: "refused", error: new PlaylistRefused("TRACK_NOT_FOUND", "There is no such track.", { trackIds: missing }).toJSON() });
  }
  return { good: refused.size === 0 ? ops : ops.filter(({ opId }) => !refused.has(opId)), refused };
}

/** The results of all `ops`, in their order. */
export function inOrder(ops: readonly Op[], results: readonly OpResult[], refused: ReadonlyMap<string, OpResult>): readonly OpResult[] {
  if (refused.size === 0) return results;
  const decided = results.values();
  return ops.map(({ opId }) => refused.get(opId) ?? (decided.next().value as OpResult));
}
