export { errand, type ErrandPorts, type ErrandService } from "./errand.ts";
export { heardTable, sumOf } from "./heard.ts";
export { inOrder } from "./in-order.ts";
export { chunkMs } from "./playback.ts";
export { emptyTally, visit, type Grant, type Heard, type ListeningService, type PlaybackEvent, type Tally, type Visitor, type VisitorPorts } from "./visitor.ts";
