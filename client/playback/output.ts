/** What the player needs of the audio engine behind it: browser-output.ts in a page, a pulled queue in tests. */
import type { PlaybackError } from "../errors.ts";
import type { Quality } from "../shapes.ts";
import type { Grant } from "./chunk-source.ts";
import type { Anchor } from "./playback-clock.ts";
import type { Entry } from "./producer.ts";
import type { Heard } from "./sample-queue.ts";

export interface OutputEvents {
  /** The audio thread's report: at every change, and many times a second while playing. */
  heard(heard: Heard): void;
  failed(generation: number, entry: string, error: PlaybackError): void;
  /** The successor was changed after its predecessor's was already being decoded. */
  overtaken(generation: number): void;
  /** A new grant for a track whose old one ended. Rejects with PlaybackError. */
  renew(trackId: string): Promise<Grant>;
}

export interface Output {
  events: OutputEvents;
  /** To be called in the click that starts playback, before any wait: browsers allow sound only then. */
  unlock(): void;
  /** Makes ready to play at `rate`. A change of rate drops everything queued. Throws PlaybackError "UNSUPPORTED". */
  open(rate: number): Promise<void>;
  /** Drops what is queued and plays `entry` from `sample` when it arrives. */
  load(generation: number, entry: Entry, sample: number): void;
  /** Drops what is queued; nothing sounds until a `load` of this generation. */
  flush(generation: number): void;
  setNext(after: string, next: Entry | null): void;
  setPlaying(playing: boolean): void;
  /**
   * `sample` of this generation is heard at `atMs` of `performance.now()`: nothing before, and of what is ready later so much is left out. To be called
   * before `load`, with the sample that it begins at; or while it sounds, which moves it.
   */
  startAt(generation: number, sample: number, atMs: number): void;
  setVolume(volume: number): void;
  setGains(gains: ReadonlyMap<string, number>): void;
  setQuality(quality: Quality): void;
  /** What is heard at this moment; null before anything was. */
  now(): Anchor | null;
}
