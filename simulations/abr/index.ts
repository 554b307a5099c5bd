export { averageKbps, encodedLadder, nominalLadder, type Ladder } from "./ladder.ts";
export { figures, sessionFigures, type Figures, type SessionFigures } from "./metrics.ts";
export { session, type ChunkLog, type Play, type SessionOptions } from "./session.ts";
export { heardMsAt, skippingPlays, skips2014, skipsOfTheSeed, wholePlays } from "./skips.ts";
export { replay, type ReplayOptions } from "./replay.ts";
