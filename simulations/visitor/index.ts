export { chunkMs, visit, type Grant, type Heard, type ListeningService, type PlaybackEvent, type Visitor, type VisitorPorts } from "./visitor.ts";
