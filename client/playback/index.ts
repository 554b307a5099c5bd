/** The playback engine. A page needs `Player` and `BrowserOutput`; the parts below them are for other shells and for tests. */
export { BrowserOutput, type BrowserOutputOptions } from "./browser-output.ts";
export { ChunkSource, type ChunkSourceOptions, type Grant } from "./chunk-source.ts";
export { CreditSink } from "./credit-sink.ts";
export { normalisationGain } from "./loudness.ts";
export type { Output, OutputEvents } from "./output.ts";
export { shuffled, type QueueItem } from "./play-queue.ts";
export { PlaybackClock, type Anchor } from "./playback-clock.ts";
export { Player, type PlayerOptions } from "./player.ts";
export type { PlayerState, PlayerStatus } from "./player-state.ts";
export { Producer, type Entry, type Sink } from "./producer.ts";
export { SampleQueue, type Block, type Heard } from "./sample-queue.ts";
export { FixedTier, type Throughput, type TierChooser, type TierQuestion } from "./tier-chooser.ts";
