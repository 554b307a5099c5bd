/** What page, worker and worklet tell each other. Plain data; blocks move by transfer. */
import type { PlaybackErrorCode } from "../errors.ts";
import type { Quality } from "../shapes.ts";
import type { Grant } from "./chunk-source.ts";
import type { Entry } from "./producer.ts";
import type { Block, Heard } from "./sample-queue.ts";

export interface Failure {
  readonly code: PlaybackErrorCode;
  readonly message: string;
}

export type ToWorker =
  /** The worklet's end of a new channel, for a new audio context. */
  | { readonly type: "connect"; readonly port: MessagePort; readonly rate: number }
  | { readonly type: "load"; readonly generation: number; readonly entry: Entry; readonly sample: number }
  | { readonly type: "next"; readonly after: string; readonly entry: Entry | null }
  | { readonly type: "quality"; readonly quality: Quality }
  | { readonly type: "renewed"; readonly trackId: string; readonly grant: Grant | null; readonly failure: Failure | null }
  | { readonly type: "stop" };

export type FromWorker =
  | { readonly type: "renew"; readonly trackId: string }
  | { readonly type: "failed"; readonly generation: number; readonly entry: string; readonly failure: Failure }
  | { readonly type: "overtaken"; readonly generation: number };

export type ToWorklet =
  | { readonly type: "connect"; readonly port: MessagePort }
  | { readonly type: "flush"; readonly generation: number }
  | { readonly type: "playing"; readonly playing: boolean }
  /** `sample` sounds in the context's frame `frame`, not before; Infinity: that will be told. */
  | { readonly type: "start"; readonly generation: number; readonly sample: number; readonly frame: number }
  | { readonly type: "gains"; readonly gains: ReadonlyMap<string, number> }
  | { readonly type: "volume"; readonly volume: number }
  /** Copies what is rendered to the page as well: how a test hears it. */
  | { readonly type: "tap" };

/** `frame` counts the context's frames: the first one not rendered yet. */
export type FromWorklet =
  | { readonly type: "heard"; readonly heard: Heard; readonly frame: number }
  | { readonly type: "tapped"; readonly heard: Heard; readonly frame: number; /** Frames of music in it, from the first on. */ readonly music: number; readonly left: Float32Array; readonly right: Float32Array };

export type WorkerToWorklet = { readonly type: "block"; readonly block: Block } | { readonly type: "end"; readonly generation: number };

export interface WorkletToWorker {
  readonly generation: number;
  readonly consumedFrames: number;
}
