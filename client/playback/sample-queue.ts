/**
 * The queue between decoder and sound card: blocks in, rendered frames out, and the count of frames that is the
 * playback clock. Runs inside the AudioWorklet, and anywhere else that pulls frames; pure, allocates nothing while
 * rendering.
 *
 *   waiting --startFrames, or the end--> flowing --empty--> starved --rebufferFrames, or the end--> flowing
 *      ^                                  |  \--empty after the end--> ended
 *      +-------------- flush --------------+-------------------------------+
 *
 * `startIn` gives a sample its frame: until then nothing sounds, and what comes too late for it is left out.
 *
 * Clicks are ramped away where audio stops or starts in the middle (pause, resume, seek, after starvation), never where
 * a track begins, ends or runs into the next one: those frames come out bit for bit (at gain 1).
 */
import type { TierName } from "../../audio/index.ts";

export interface Block {
  /** Blocks of an older generation than the last flush are dropped: they were on their way during a seek. */
  readonly generation: number;
  /** Queue entry the samples belong to. */
  readonly entry: string;
  readonly tier: TierName;
  /** Position of the first sample in the track. */
  readonly sample: number;
  /** Playback starts here in the middle of the music: ramp in. */
  readonly fadeIn: boolean;
  /** One or two channels. */
  readonly channels: readonly Float32Array[];
}

export interface Heard {
  readonly generation: number;
  readonly entry: string | null;
  readonly tier: TierName | null;
  /** Position in the track of the next frame to render. */
  readonly sample: number;
  /** Frames of music come out; false while paused, waiting, starved or ended. */
  readonly advancing: boolean;
  readonly phase: "waiting" | "flowing" | "starved" | "ended";
  /** Frames rendered of this generation: what the producer may write again. */
  readonly consumedFrames: number;
  readonly queuedFrames: number;
}

const pauseRampFrames = 128;
const fadeInFrames = 64;
const flushFadeFrames = 128;
/** A volume change from silence to full takes this part of a second: shorter is heard as a click. */
const gainSlewSeconds = 0.02;
/** So much must be there before the first sample: a chunk's first page may hold only a few milliseconds. */
const usualStartSeconds = 0.1;
/** After starvation, so much must be there again: stuttering is worse than a pause. */
const rebufferSeconds = 0.5;

export class SampleQueue {
  readonly #gainStep: number;
  readonly #startFrames: number;
  readonly #rebufferFrames: number;
  #blocks: Block[] = [];
  #offset = 0;
  #queued = 0;
  #consumed = 0;
  #generation = 0;
  #phase: Heard["phase"] = "waiting";
  #complete = false;
  #playing = false;
  #entry: string | null = null;
  #tier: TierName | null = null;
  #sample = 0;
  /** 0 silent to 1 open: the ramp of pause, resume and fade-in. */
  #envelope = 0;
  #envelopeStep = 1 / pauseRampFrames;
  #gains: ReadonlyMap<string, number> = new Map();
  #volume = 1;
  #gain = 1;
  #gainEntry: string | null = null;
  #fading: Float32Array[] = [];
  #fadingAt = 0;
  /** Frames until the next one of music sounds; negative: it should have. Null: as it comes. */
  #due: number | null = null;

  constructor(rate: number, { startSeconds = usualStartSeconds }: { startSeconds?: number } = {}) {
    this.#startFrames = Math.round(startSeconds * rate);
    this.#gainStep = 1 / (gainSlewSeconds * rate);
    this.#rebufferFrames = Math.round(rebufferSeconds * rate);
  }

  push(block: Block): void {
    if (block.generation < this.#generation || (block.channels[0]?.length ?? 0) === 0) return;
    if (block.generation > this.#generation) this.flush(block.generation);
    this.#blocks.push(block);
    this.#queued += block.channels[0]?.length ?? 0;
    if (this.#phase === "waiting") {
      if (this.#queued >= this.#startFrames) this.#begin();
    } else if (this.#phase === "starved" && this.#queued >= this.#rebufferFrames) {
      this.#recover();
    }
  }

  /** No block follows in this generation. */
  end(generation: number): void {
    if (generation < this.#generation) return;
    if (generation > this.#generation) this.flush(generation);
    this.#complete = true;
    if (this.#phase === "waiting" && this.#queued > 0) this.#begin();
    else if (this.#phase === "starved" && this.#queued > 0) this.#recover();
    else if (this.#queued === 0) this.#phase = "ended";
  }

  /**
   * Drops everything and waits for blocks of `generation`. What was sounding is faded, not cut. Blocks and flushes come
   * by two ways, so the first of either to name a newer generation begins it.
   */
  flush(generation: number): void {
    if (generation <= this.#generation) return;
    this.#fadeOut();
    this.#blocks = [];
    this.#offset = 0;
    this.#queued = 0;
    this.#consumed = 0;
    this.#generation = generation;
    this.#phase = "waiting";
    this.#complete = false;
    this.#entry = null;
    this.#tier = null;
    this.#due = null;
    if (!this.#playing) this.#envelope = 0;
  }

  /**
   * Lets `sample` sound in `frames` frames: the first of this generation, or any of the entry that sounds, which is moved to its place. Of
   * what is ready too late, so much is left out.
   */
  startIn(frames: number, sample: number): void {
    const isOn = this.#phase === "flowing" || this.#phase === "starved";
    this.#fadeOut();
    this.#due = isOn ? frames + this.#sample - sample : frames;
    if (this.#consumed > 0) this.#rampIn();
  }

  setPlaying(playing: boolean): void {
    this.#playing = playing;
    this.#envelopeStep = 1 / pauseRampFrames;
    // Nothing has sounded yet: there is nothing to ramp from.
    if (this.#consumed === 0) this.#envelope = playing && this.#blocks[0]?.fadeIn !== true ? 1 : 0;
  }

  /** Linear gain per entry (loudness), 1 when absent. Takes effect at once, without a click; at a track change, exactly there. */
  setGains(gains: ReadonlyMap<string, number>): void {
    this.#gains = gains;
  }

  /** Linear, 0 to 1. */
  setVolume(volume: number): void {
    this.#volume = volume;
  }

  heard(): Heard {
    return { generation: this.#generation, entry: this.#entry, tier: this.#tier, sample: this.#sample, advancing: this.#advancing(), phase: this.#phase, consumedFrames: this.#consumed, queuedFrames: this.#queued };
  }

  /** Fills both channels of one length; silence where there is no music. */
  render(left: Float32Array, right: Float32Array): void {
    left.fill(0);
    right.fill(0);
    let at = this.#due === null ? 0 : this.#untilDue(this.#due, left.length);
    while (at < left.length && this.#advancing()) at = this.#renderBlock(left, right, at);
    this.#renderFade(left, right);
  }

  #advancing(): boolean {
    return this.#phase === "flowing" && this.#due === null && (this.#playing || this.#envelope > 0);
  }

  /** Where in a quantum of `length` frames music begins that is due in `due` frames; `length`: not in this one. */
  #untilDue(due: number, length: number): number {
    this.#due = due - length;
    if (due >= length || this.#phase !== "flowing" || !this.#playing) return length;
    const missing = due < 0 ? this.#leaveOut(-due) : 0;
    this.#due = missing === 0 ? null : -missing - length;
    return missing === 0 ? Math.max(0, due) : length;
  }

  /** Drops frames of music. Answers how many were not there to be dropped. */
  #leaveOut(frames: number): number {
    let left = frames;
    for (let block = this.#blocks[0]; block !== undefined && left > 0; block = this.#blocks[0]) {
      const length = block.channels[0]?.length ?? 0;
      const dropped = Math.min(left, length - this.#offset);
      if (this.#offset === 0) this.#arrive(block);
      left -= dropped;
      this.#offset += dropped;
      this.#queued -= dropped;
      this.#consumed += dropped;
      this.#sample = block.sample + this.#offset;
      if (this.#offset < length) break;
      this.#blocks.shift();
      this.#offset = 0;
    }
    this.#rampIn();
    if (this.#blocks.length > 0 || !this.#complete) return left;
    this.#phase = "ended";
    return 0;
  }

  #renderBlock(left: Float32Array, right: Float32Array, start: number): number {
    const block = this.#blocks[0];
    const source = block?.channels[0];
    if (block === undefined || source === undefined) {
      this.#phase = this.#complete ? "ended" : "starved";
      return left.length;
    }
    if (this.#offset === 0) this.#arrive(block);
    const second = block.channels[1] ?? source;
    const target = (this.#gains.get(block.entry) ?? 1) * this.#volume;
    if (this.#gainEntry !== block.entry) {
      this.#gainEntry = block.entry;
      this.#gain = target;
    }
    const wanted = this.#playing ? 1 : 0;
    let at = start;
    let offset = this.#offset;
    for (; at < left.length && offset < source.length; at++, offset++) {
      if (this.#gain !== target) this.#gain = approach(this.#gain, target, this.#gainStep);
      if (this.#envelope !== wanted) {
        this.#envelope = approach(this.#envelope, wanted, this.#envelopeStep);
        if (this.#envelope === 0) break;
      }
      const factor = this.#gain * this.#envelope;
      left[at] = (source[offset] ?? 0) * factor;
      right[at] = (second[offset] ?? 0) * factor;
    }
    const rendered = offset - this.#offset;
    this.#offset = offset;
    this.#queued -= rendered;
    this.#consumed += rendered;
    this.#sample = block.sample + offset;
    if (offset === source.length) {
      this.#blocks.shift();
      this.#offset = 0;
      if (this.#blocks.length === 0 && this.#complete) this.#phase = "ended";
    }
    return this.#envelope === 0 ? left.length : at;
  }

  #begin(): void {
    const [block] = this.#blocks;
    if (block === undefined) return;
    this.#phase = "flowing";
    this.#arrive(block);
    // Playback that begins with a track begins open: its first sample is played as it is.
    if (this.#playing && !block.fadeIn) this.#envelope = 1;
  }

  /** The next frame to render is the first one of `block`. */
  #arrive(block: Block): void {
    this.#entry = block.entry;
    this.#tier = block.tier;
    this.#sample = block.sample;
    if (block.fadeIn && this.#consumed === 0) {
      this.#envelope = 0;
      this.#envelopeStep = 1 / fadeInFrames;
    }
  }

  #recover(): void {
    this.#phase = "flowing";
    this.#rampIn();
  }

  /** What comes next begins in the middle of the music. */
  #rampIn(): void {
    this.#envelope = 0;
    this.#envelopeStep = 1 / fadeInFrames;
  }

  #fadeOut(): void {
    const block = this.#blocks[0];
    if (block === undefined || !this.#advancing() || this.#consumed === 0) return;
    const factor = this.#gain * this.#envelope;
    this.#fading = block.channels.map((samples) => samples.slice(this.#offset, this.#offset + flushFadeFrames).map((sample, i) => sample * factor * (1 - (i + 1) / flushFadeFrames)));
    this.#fadingAt = 0;
  }

  #renderFade(left: Float32Array, right: Float32Array): void {
    const [first, second = first] = this.#fading;
    if (first === undefined || second === undefined) return;
    for (let at = 0; at < left.length && this.#fadingAt < first.length; at++, this.#fadingAt++) {
      left[at] = (left[at] ?? 0) + (first[this.#fadingAt] ?? 0);
      right[at] = (right[at] ?? 0) + (second[this.#fadingAt] ?? 0);
    }
    if (this.#fadingAt >= first.length) this.#fading = [];
  }
}

function approach(value: number, target: number, step: number): number {
  return value < target ? Math.min(target, value + step) : Math.max(target, value - step);
}
