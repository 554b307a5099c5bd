// oxlint-disable unicorn/require-post-message-target-origin -- workers and ports have no origin, windows are not involved
/**
 * The engine in a page: AudioContext, worklet and worker, wired together. Decoding happens in the worker and rendering
 * in the worklet; audio goes from one to the other by a port of their own, so a busy page cannot interrupt it.
 *
 * The context runs at the track's sample rate (the browser resamples its one output if it must; resampling each chunk
 * would click at every seam). A track of another rate gets a new context; the worker and its cache stay.
 */
import { PlaybackError } from "../errors.ts";
import type { Quality } from "../shapes.ts";
import type { Output, OutputEvents } from "./output.ts";
import { PlaybackClock, type Anchor } from "./playback-clock.ts";
import type { Entry } from "./producer.ts";
import type { FromWorker, FromWorklet, ToWorker, ToWorklet } from "./protocol.ts";

export interface BrowserOutputOptions {
  /** Where the built worker and worklet are served. */
  readonly workerUrl: string;
  readonly workletUrl: string;
  /** Gets every frame as it is rendered: for tests that listen. */
  readonly tap?: (rendered: Extract<FromWorklet, { type: "tapped" }>) => void;
}

interface Stage {
  readonly context: AudioContext;
  readonly node: AudioWorkletNode;
  readonly clock: PlaybackClock;
}

const silent: OutputEvents = { heard: () => {}, failed: () => {}, overtaken: () => {}, renew: () => Promise.reject(new PlaybackError("INTERNAL", "Nobody renews.")) };
/** The rate of most music: a context made in the click that starts playback, before the track's rate is known. */
const usualRate = 44_100;
/** A start that is so near is left as it was told. */
const startKnownMs = 50;

export class BrowserOutput implements Output {
  events: OutputEvents = silent;
  readonly #options: BrowserOutputOptions;
  #worker: Worker | null = null;
  #context: AudioContext | null = null;
  #stage: Stage | null = null;
  #opening: Promise<Stage> | null = null;
  #generation = 0;
  #playing = false;
  #gains: ReadonlyMap<string, number> = new Map();
  #volume = 1;
  /** A start that is still to come; what sounds has come. */
  #start: { readonly generation: number; readonly sample: number; readonly atMs: number } | null = null;

  constructor(options: BrowserOutputOptions) {
    this.#options = options;
  }

  unlock(): void {
    if (typeof AudioWorkletNode === "undefined") return;
    this.#context ??= newContext(usualRate);
    void this.#context.resume().catch(() => {});
  }

  /** Builds context, worklet and worker for the usual rate ahead of the first track. To be called in a click or key press. */
  async warm(): Promise<void> {
    if (typeof AudioWorkletNode !== "undefined" && this.#stage === null && this.#opening === null) await this.open(usualRate);
  }

  async open(rate: number): Promise<void> {
    if (typeof AudioWorkletNode === "undefined") {
      throw new PlaybackError("UNSUPPORTED", globalThis.isSecureContext ? "This browser cannot play: it has no AudioWorklet." : "Browsers play only on pages served over HTTPS or from localhost. Open the player there.");
    }
    if (this.#stage?.context.sampleRate === rate) return;
    if (this.#opening !== null) await this.#opening.catch(() => {});
    if (this.#stage?.context.sampleRate === rate) return;
    this.#opening = this.#build(rate);
    try {
      this.#stage = await this.#opening;
    } finally {
      this.#opening = null;
    }
  }

  load(generation: number, entry: Entry, sample: number): void {
    this.flush(generation);
    this.#toWorker({ type: "load", generation, entry, sample });
  }

  flush(generation: number): void {
    this.#generation = generation;
    if (this.#start?.generation !== generation) this.#start = null;
    this.#toWorker({ type: "stop" });
    this.#toWorklet({ type: "flush", generation });
  }

  setNext(after: string, next: Entry | null): void {
    this.#toWorker({ type: "next", after, entry: next });
  }

  setPlaying(playing: boolean): void {
    this.#playing = playing;
    this.#toWorklet({ type: "playing", playing });
    // The context is let sleep when the ramp is over, see #told.
    if (playing) void this.#context?.resume().catch(() => {});
  }

  startAt(generation: number, sample: number, atMs: number): void {
    this.#start = { generation, sample, atMs };
    if (this.#stage?.context.state !== "running") this.#toWorklet({ type: "start", generation, sample, frame: Infinity });
    this.#tellStart();
  }

  /**
   * A context that sleeps has no time, and one that has just begun says a wrong one (by 80 ms in Chromium): the frame is told again with each
   * of the worklet's reports until it is near.
   */
  #tellStart(): void {
    if (this.#start === null || this.#stage?.context.state !== "running") return;
    const { context } = this.#stage;
    const { generation, sample, atMs } = this.#start;
    const now = performance.now();
    if (atMs - now < startKnownMs) this.#start = null;
    // The frame that is heard then, as `now` counts.
    const time = context.currentTime - latencyOf(context) + (atMs - now) / 1_000;
    this.#toWorklet({ type: "start", generation, sample, frame: Math.round(time * context.sampleRate) });
  }

  setVolume(volume: number): void {
    this.#volume = volume;
    this.#toWorklet({ type: "volume", volume });
  }

  setGains(gains: ReadonlyMap<string, number>): void {
    this.#gains = gains;
    this.#toWorklet({ type: "gains", gains });
  }

  setQuality(quality: Quality): void {
    this.#toWorker({ type: "quality", quality });
  }

  now(): Anchor | null {
    if (this.#stage === null) return null;
    const { context, clock } = this.#stage;
    return clock.at(context.currentTime, latencyOf(context));
  }

  async #build(rate: number): Promise<Stage> {
    const old = this.#context;
    const context = old !== null && old.sampleRate === rate && this.#stage === null ? old : newContext(rate);
    this.#context = context;
    if (old !== null && old !== context) await old.close().catch(() => {});
    await context.audioWorklet.addModule(this.#options.workletUrl);
    const node = new AudioWorkletNode(context, "ensemble-renderer", { numberOfInputs: 0, numberOfOutputs: 1, outputChannelCount: [2] });
    const stage: Stage = { context, node, clock: new PlaybackClock(rate) };
    node.port.addEventListener("message", ({ data }: MessageEvent<FromWorklet>) => this.#told(stage, data));
    node.port.start();
    node.addEventListener("processorerror", () => this.events.failed(this.#generation, "", new PlaybackError("INTERNAL", "The audio thread stopped.")));
    node.connect(context.destination);
    context.addEventListener("statechange", () => this.#tellStart());

    const { port1, port2 } = new MessageChannel();
    const tell = (message: ToWorklet, transfer: Transferable[] = []) => node.port.postMessage(message, transfer);
    tell({ type: "connect", port: port2 }, [port2]);
    if (this.#options.tap !== undefined) tell({ type: "tap" });
    tell({ type: "flush", generation: this.#generation });
    tell({ type: "gains", gains: this.#gains });
    tell({ type: "volume", volume: this.#volume });
    this.#toWorker({ type: "connect", port: port1, rate }, [port1]);
    if (this.#playing) await Promise.race([context.resume().catch(() => {}), Promise.resolve()]);
    return stage;
  }

  #told(stage: Stage, message: FromWorklet): void {
    if (stage !== this.#stage) return;
    if (message.type === "tapped") {
      this.#options.tap?.(message);
      return;
    }
    const { heard, frame } = message;
    const { generation, entry, tier, sample, advancing } = heard;
    stage.clock.note({ generation, entry, tier, sample, advancing, time: frame / stage.context.sampleRate });
    this.events.heard(heard);
    if (advancing && this.#start?.generation === generation) this.#start = null;
    this.#tellStart();
    if (!this.#playing && !advancing && stage.context.state === "running") void stage.context.suspend().catch(() => {});
  }

  #toWorklet(message: ToWorklet): void {
    this.#stage?.node.port.postMessage(message);
  }

  #toWorker(message: ToWorker, transfer: Transferable[] = []): void {
    this.#worker ??= this.#startWorker();
    this.#worker.postMessage(message, transfer);
  }

  #startWorker(): Worker {
    const worker = new Worker(this.#options.workerUrl, { type: "module", name: "ensemble-decoder" });
    worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => this.#workerTold(worker, data));
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.events.failed(this.#generation, "", new PlaybackError("INTERNAL", "The decoder stopped.", event.message));
    });
    return worker;
  }

  #workerTold(worker: Worker, message: FromWorker): void {
    switch (message.type) {
      case "failed":
        this.events.failed(message.generation, message.entry, new PlaybackError(message.failure.code, message.failure.message));
        break;
      case "overtaken":
        this.events.overtaken(message.generation);
        break;
      case "renew":
        void this.events
          .renew(message.trackId)
          .then((grant): ToWorker => ({ type: "renewed", trackId: message.trackId, grant, failure: null }))
          .catch((error: unknown): ToWorker => ({ type: "renewed", trackId: message.trackId, grant: null, failure: error instanceof PlaybackError ? { code: error.code, message: error.message } : { code: "INTERNAL", message: "The right to play could not be renewed." } }))
          .then((answer) => worker.postMessage(answer));
        break;
    }
  }
}

const latencyOf = (context: AudioContext): number => context.outputLatency || context.baseLatency || 0;

function newContext(rate: number): AudioContext {
  return new AudioContext({ sampleRate: rate, latencyHint: "interactive" });
}
