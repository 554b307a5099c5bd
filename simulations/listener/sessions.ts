/** How many tracks a session has. The chance to stop falls with every track, so long sessions are more common than a geometric law has them. */
import type { Stream } from "../random/index.ts";
import type { StopHazards } from "./description.ts";

/** P(the session ends after its `track`-th track), from 1, of sessions that came so far. */
export function stopHazard({ hazards, tailExponent, maxTracks }: StopHazards, track: number): number {
  if (track >= maxTracks) return 1;
  const listed = hazards[track - 1];
  if (listed !== undefined) return listed;
  return (hazards.at(-1) ?? 1) * (track / hazards.length) ** -tailExponent;
}

/** Tracks of one session, from 1 to maxTracks. */
export function sessionTracks(sessions: StopHazards, stream: Stream): number {
  const u = stream.positive();
  let survival = 1;
  for (let track = 1; ; track++) {
    survival *= 1 - stopHazard(sessions, track);
    if (u > survival || survival === 0) return track;
  }
}

export function meanSessionTracks(sessions: StopHazards): number {
  let [survival, mean] = [1, 0];
  for (let track = 1; track <= sessions.maxTracks && survival > 0; track++) {
    mean += survival;
    survival *= 1 - stopHazard(sessions, track);
  }
  return mean;
}
