/** Calls to playlists, and what their answers say. */
import { playlistActor, type ApplyReply, type VersionReply } from "../../../actors/playlist/actor.ts";
import type { Op } from "../../../actors/playlist/model/index.ts";
import { readOps } from "../../../actors/playlist/read-ops.ts";
import type { Answer } from "../../../actors/runtime/call.ts";
import { StorageUnavailable } from "../../../storage/errors.ts";
import type { Entry } from "../entry.ts";
import type { Operation, Outcome } from "../history.ts";
import type { Request } from "../workload.ts";

const { type } = playlistActor;

export function request(key: string, kind: string, params: object, user: string | undefined, items: readonly string[] = []): Request {
  return { type, key, operation: { kind, params, user, items }, told: (answer) => told(kind, items, answer) };
}

/** A command that takes one operation. */
export const single = (key: string, kind: string, opId: string, user: string, params: object = {}): Request => request(key, kind, { opId, ...params }, user, [opId]);

export const applying = (key: string, ops: readonly Op[], user: string): Request => request(key, "apply", { ops }, user, ops.map(({ opId }) => opId));

/** What happened since a version, as the service's `ops` does it: may the caller read, then the journal. */
export function since(key: string, version: number, limit: number, user: string): Request {
  const operation: Operation = { kind: "ops", params: { since: version, limit }, user, items: [] };
  return { type, key, operation, serve: (entry, timeoutMs) => serveOps(entry, timeoutMs, key, version, limit, user), told: (answer) => told("ops", [], answer) };
}

async function serveOps(entry: Entry, timeoutMs: number, key: string, version: number, limit: number, user: string): Promise<Answer> {
  const may = await entry.call({ type, key, method: "may", params: {}, meta: { user: { id: user } } }, timeoutMs);
  if ("error" in may) return may;
  if (!(may.ok as { readonly read: boolean }).read) return { error: { name: "PlaylistRefused", message: "There is no such playlist.", code: 404, type: "NOT_FOUND" } };
  try {
    return { ok: await readOps(entry.store, key, version, limit) };
  } catch (error) {
    if (error instanceof StorageUnavailable) return { error: { name: "Interrupted", message: error.message } };
    const { code, type: reason, message } = error as { readonly code: number; readonly type: string; readonly message: string };
    return { error: { name: "PlaylistRefused", message, code, type: reason } };
  }
}

function told(kind: string, items: readonly string[], answer: Answer): Outcome {
  if ("error" in answer) {
    const { name, message, type: refusal } = answer.error;
    if (name !== "PlaylistRefused") throw new Error(`${kind} ${name}: ${message}`);
    return { is: "ok", version: undefined, places: items.map(() => 0), items: undefined, refusal, reply: answer.error };
  }
  const reply = answer.ok;
  const said = { is: "ok", version: undefined, places: [], items: undefined, reply } as const;
  if (kind === "may") return said;
  const { version } = reply as VersionReply;
  if (kind === "ops") return (reply as { readonly more: boolean }).more ? said : { ...said, version };
  if (kind === "apply") return { ...said, version, places: (reply as ApplyReply).results.map((result) => (result.status === "refused" ? 0 : (result.version ?? 0))) };
  // Of any other command it is the operation's place, or the last event's when there was nothing to change: placed.ts.
  return items.length === 0 ? { ...said, version } : said;
}
