/** What happened to a playlist since a version: read from the journal, beside the actor. */
import type { ActorStore } from "../../storage/index.ts";
import { Gone } from "../errors.ts";
import { playlistActor } from "./actor.ts";
import { pageOfOps } from "./changed.ts";
import type { PublicEvent } from "./model/events.ts";

export interface OpsPage {
  /** Number of the last of `ops`. */
  readonly version: number;
  readonly ops: readonly PublicEvent[];
  /** There are later ones: ask again since `version`. */
  readonly more: boolean;
}

/** The events after `since`, at most `limit`. Throws Gone when the first of them was forgotten. */
export async function readOps(actors: ActorStore, playlistId: string, since: number, limit: number): Promise<OpsPage> {
  const entries = await actors.read(`${playlistActor.type}/${playlistId}`, since + 1, limit + 1);
  const [first] = entries;
  if (first !== undefined && first.seq !== since + 1) throw new Gone("OPS_GONE", "What happened since this version is not kept any more: read the whole playlist.", { since, first: first.seq });
  const ops = pageOfOps(entries.slice(0, limit));
  return { version: ops.at(-1)?.version ?? since, ops, more: ops.length < entries.length };
}
