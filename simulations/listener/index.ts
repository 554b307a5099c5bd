export { chunkReach, meanPlayS, playAtS, playS, reachShare } from "./skips.ts";
export { listenerPresets, listenerSchema, readListener, type ListenerDescription, type ListenerPreset, type SkipCurve } from "./description.ts";
export { meanSessionTracks, sessionTracks, stopHazard } from "./sessions.ts";
export { meanTrackS, trackS } from "./lengths.ts";
export { sessionPlays, type Play, type Seek, type StartedBy } from "./session.ts";
