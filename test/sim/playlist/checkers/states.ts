/**
 * One state, however it is come by: what the whole journal makes is what a fresh activation makes of the latest snapshot and the
 * events behind it, what each snapshot that was ever saved says, and what the live actor holds in memory. A snapshot holds
 * nothing that was not committed when it was saved.
 */
import { playlistActor } from "../../../../actors/playlist/actor.ts";
import type { PlaylistState } from "../../../../actors/playlist/model/index.ts";
import type { AnyActorType } from "../../../../actors/runtime/activation.ts";
import { loadState } from "../../../../actors/runtime/load.ts";
import { actorName } from "../../../../actors/runtime/placement.ts";
import { replay } from "../../../../actors/runtime/replay.ts";
import { different, type Claim, type PlaylistChecker } from "./evidence.ts";

const isPacked = (packed: string) => (state: PlaylistState) => different(JSON.stringify(playlistActor.pack(state)), packed);

export const states: PlaylistChecker = async ({ key, events, snapshots, entries, store }) => {
  const wrong: string[] = [];
  const claims: Claim[] = [];
  for (const { at, seq, body } of snapshots) {
    const last = events[seq - 1];
    if (last === undefined || last.at > at) wrong.push(`the snapshot at event ${seq} was saved at ${at.toFixed(1)} ms, before the event was committed`);
    claims.push({ from: seq, to: seq, holds: isPacked(JSON.stringify(body.s)), message: `the snapshot at event ${seq}` });
  }
  try {
    const { state, seq, snapshotSeq } = await loadState(store, playlistActor, key);
    if (seq !== events.length) wrong.push(`a fresh activation ends with event ${seq}, the journal with ${events.length}`);
    claims.push({ from: seq, to: seq, holds: isPacked(JSON.stringify(playlistActor.pack(state))), message: `a fresh activation from the snapshot at ${snapshotSeq}` });
    const { broken, snapshot } = await replay(store, playlistActor as unknown as AnyActorType, key);
    if (broken !== undefined) wrong.push(`replay: ${broken}`);
    if (snapshot?.equal === false) wrong.push(`replay: the snapshot at ${snapshot.version} is another state: ${JSON.stringify(snapshot.difference)}`);
  } catch (error) {
    wrong.push(`it cannot be loaded: ${String(error)}`);
  }
  for (const { node, process } of entries) {
    const live = node?.host.activations.get(actorName(playlistActor.type, key));
    if (live === undefined || live.isLoading || live.committed !== live.seq || node?.membership.epochOf(live.shard) !== live.epoch) continue;
    claims.push({ from: live.seq, to: live.seq, holds: isPacked(JSON.stringify(live.packedState())), message: `the live actor at ${process.name}` });
  }
  return { wrong, claims };
};
