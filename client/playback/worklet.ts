// oxlint-disable unicorn/require-post-message-target-origin -- workers and ports have no origin, windows are not involved
/** The AudioWorklet of the player: the sample queue, fed by the worker's port and pulled by the audio thread. Wiring only. */
import type { FromWorklet, ToWorklet, WorkerToWorklet, WorkletToWorker } from "./protocol.ts";
import { SampleQueue } from "./sample-queue.ts";

declare const sampleRate: number;
declare const currentFrame: number;
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
}

/** Render quanta between two reports: 1,024 frames, 23 ms. The clock counts frames in between. */
const quantaPerReport = 8;

class Renderer extends AudioWorkletProcessor {
  readonly #queue = new SampleQueue(sampleRate);
  #worker: MessagePort | null = null;
  #tapped = false;
  #quanta = 0;
  #phase = "";
  #start: Extract<ToWorklet, { type: "start" }> | null = null;

  constructor() {
    super();
    this.port.addEventListener("message", ({ data }: MessageEvent<ToWorklet>) => this.#told(data));
    this.port.start();
  }

  process(_inputs: readonly unknown[], outputs: readonly (readonly Float32Array[])[]): boolean {
    const [left, right = left] = outputs[0] ?? [];
    if (left === undefined || right === undefined) return true;
    this.#place();
    const before = this.#tapped ? this.#queue.heard() : null;
    this.#queue.render(left, right);
    if (before !== null) this.#send({ type: "tapped", heard: before, frame: currentFrame, music: this.#queue.heard().consumedFrames - before.consumedFrames, left: left.slice(), right: right.slice() });
    this.#report(left.length);
    return true;
  }

  /** Only here it is known which frame comes next. */
  #place(): void {
    const start = this.#start;
    if (start === null || start.generation > this.#queue.heard().generation) return;
    this.#start = null;
    if (start.generation === this.#queue.heard().generation) this.#queue.startIn(start.frame - currentFrame, start.sample);
  }

  #report(frames: number): void {
    const heard = this.#queue.heard();
    const phase = `${heard.generation} ${heard.entry} ${heard.tier} ${heard.phase} ${heard.advancing}`;
    this.#quanta += 1;
    // A change is told at once, steady playing (or silence) now and then.
    if (phase === this.#phase && this.#quanta < quantaPerReport) return;
    this.#phase = phase;
    this.#quanta = 0;
    this.#send({ type: "heard", heard, frame: currentFrame + frames });
    this.#worker?.postMessage({ generation: heard.generation, consumedFrames: heard.consumedFrames } satisfies WorkletToWorker);
  }

  #send(message: FromWorklet): void {
    this.port.postMessage(message, message.type === "tapped" ? [message.left.buffer, message.right.buffer] : []);
  }

  #told(message: ToWorklet): void {
    switch (message.type) {
      case "connect":
        this.#worker = message.port;
        message.port.addEventListener("message", ({ data }: MessageEvent<WorkerToWorklet>) => {
          if (data.type === "block") this.#queue.push(data.block);
          else this.#queue.end(data.generation);
        });
        message.port.start();
        break;
      case "flush":
        this.#queue.flush(message.generation);
        break;
      case "playing":
        this.#queue.setPlaying(message.playing);
        break;
      case "start":
        this.#start = message;
        break;
      case "gains":
        this.#queue.setGains(message.gains);
        break;
      case "volume":
        this.#queue.setVolume(message.volume);
        break;
      case "tap":
        this.#tapped = true;
        break;
    }
  }
}

registerProcessor("ensemble-renderer", Renderer);
