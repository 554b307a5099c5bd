/**
 * The producer: fetches, decodes and assembles, and writes blocks to a sink that holds it back.
 *
 *   idle --load--> playing chunk k, k+1, ... --end of track--> the next track's chunk 0 (same rate: no gap)
 *                        ^                                     | none, or another rate: `end`
 *                        +---------------- load ---------------+
 *
 * One run at a time: `load` (start, seek, skip) aborts the one before and begins a new generation. Ahead of the chunk
 * being decoded, two more and chunk 0 of the next track are fetched, one after the other, never more.
 * Runs in the Web Worker, and in Node as it is. Errors end the run and go to `failed`.
 */
import { chunkCount, chunkKey, tierNames, type TierName } from "../../audio/index.ts";
import { PlaybackError } from "../errors.ts";
import { ChunkAssembler } from "./assembler.ts";
import type { ChunkSource, Grant } from "./chunk-source.ts";
import { openDecoder, type ChunkDecoder, type Codec } from "./decoder.ts";
import type { Block } from "./sample-queue.ts";
import type { TierChooser } from "./tier-chooser.ts";
import { chunkSpan, locate } from "./timeline.ts";

/** A track in the play queue, with the right to play it. `id` is the entry's: a track may be queued twice. */
export interface Entry {
  readonly id: string;
  readonly grant: Grant;
}

export interface Sink {
  /** Resolves when there is room for more. Rejects when `signal` aborts. */
  write(block: Block, signal: AbortSignal): Promise<void>;
  /** No block follows in this generation. */
  end(generation: number): void;
  /** Audio written but not yet played. */
  readonly aheadMs: number;
}

export interface ProducerOptions {
  readonly source: ChunkSource;
  readonly chooser: TierChooser;
  readonly sink: Sink;
  readonly failed: (generation: number, entry: string, error: PlaybackError) => void;
  /** The run had already gone into another successor of `after` than the one it was just told. */
  readonly overtaken: (generation: number) => void;
}

const chunksAhead = 2;
/** Bytes decoded at a time, some milliseconds of work: 0.2 s of FLAC, 0.4 to 1.4 s of Vorbis. */
const decodeStepBytes = 16_384;

interface Run {
  readonly generation: number;
  readonly abort: AbortController;
  /** The entry being decoded. */
  current: Entry;
  /** What follows `current`; undefined while nobody said. */
  next: Entry | null | undefined;
  nextKnown: () => void;
  previousTier: TierName | null;
  prefetching: AbortController;
}

export class Producer {
  readonly #options: ProducerOptions;
  readonly #decoders = new Map<Codec, Promise<ChunkDecoder>>();
  readonly #assembler = new ChunkAssembler();
  #run: Run | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(options: ProducerOptions) {
    this.#options = options;
  }

  /** Compiles the usual decoder, which takes some 20 ms, before it is needed. */
  async warm(): Promise<void> {
    await this.#decoder("vorbis");
  }

  /** Plays `entry` from `sample` on, as a new generation. */
  load(generation: number, entry: Entry, sample: number): void {
    this.stop();
    const run: Run = { generation, abort: new AbortController(), current: entry, next: undefined, nextKnown: () => {}, previousTier: null, prefetching: new AbortController() };
    this.#run = run;
    this.#options.source.admit(entry.grant);
    // Decoders are shared by all runs: the one before must have let go of them.
    this.#running = this.#running.then(() => this.#produce(run, sample));
  }

  /** Says what follows `after`; null: nothing. */
  setNext(after: string, next: Entry | null): void {
    const run = this.#run;
    if (run === null) return;
    if (run.current.id !== after) {
      if (next?.id !== run.current.id) this.#options.overtaken(run.generation);
      return;
    }
    run.next = next;
    if (next !== null) this.#options.source.admit(next.grant);
    run.nextKnown();
  }

  stop(): void {
    const reason = new DOMException("playback went elsewhere", "AbortError");
    this.#run?.abort.abort(reason);
    this.#run?.prefetching.abort(reason);
    this.#run = null;
  }

  /** Stops and lets go of the decoders. */
  async close(): Promise<void> {
    this.stop();
    await this.#running;
    for (const decoder of this.#decoders.values()) (await decoder).free();
    this.#decoders.clear();
  }

  async #produce(run: Run, sample: number): Promise<void> {
    try {
      let from = sample;
      for (let entry: Entry | null = run.current; entry !== null; from = 0) {
        run.abort.signal.throwIfAborted();
        await this.#track(run, entry, from);
        entry = await this.#successor(run, entry);
      }
      this.#options.sink.end(run.generation);
    } catch (error) {
      if (run.abort.signal.aborted) return;
      this.#options.failed(run.generation, run.current.id, error instanceof PlaybackError ? error : new PlaybackError("INTERNAL", "The player stopped unexpectedly.", error));
    }
  }

  async #track(run: Run, entry: Entry, from: number): Promise<void> {
    const { manifest } = entry.grant;
    const { chunk: first, offset } = locate(manifest, from);
    this.#assembler.reset();
    const chunks = chunkCount(manifest);
    for (let chunk = first; chunk < chunks; chunk++) {
      const skip = chunk === first ? offset : 0;
      await this.#chunk(run, entry, chunk, skip, chunk === first && from > 0);
    }
  }

  async #chunk(run: Run, entry: Entry, chunk: number, skip: number, fadeIn: boolean): Promise<void> {
    const { source, sink } = this.#options;
    const { signal } = run.abort;
    const { manifest } = entry.grant;
    const tier = this.#choose(run, entry);
    const described = manifest.tiers[tier];
    const numbers = described?.chunks[chunk];
    if (described === undefined || numbers === undefined) throw new PlaybackError("MISSING", `The track has no chunk ${chunk} in tier ${tier}.`);
    const { start, samples } = chunkSpan(manifest, chunk);
    const [, , lead, tail] = numbers;
    const bytes = source.open(manifest, tier, chunk, signal);
    this.#prefetch(run, entry, chunk, tier);

    const decoder = await this.#decoder(described.codec);
    await decoder.begin();
    this.#assembler.begin({ tier, lead, samples, tail, skip, last: chunk + 1 === chunkCount(manifest) });
    let sample = this.#assembler.heldSamples > 0 ? start - this.#assembler.heldSamples : start + skip;
    let fading = fadeIn;
    const write = async (decoded: readonly Float32Array[]) => {
      const channels = this.#assembler.accept(decoded);
      const length = channels[0]?.length ?? 0;
      if (length === 0) return;
      await sink.write({ generation: run.generation, entry: entry.id, tier, sample, fadeIn: fading, channels }, signal);
      sample += length;
      fading = false;
    };
    for await (const part of bytes) {
      // A chunk that is here already comes as one part: decoded whole, it would delay the first sound and the next seek.
      for (let at = 0; at < part.length; at += decodeStepBytes) await write(await decoder.push(part.subarray(at, at + decodeStepBytes)));
    }
    await write(await decoder.end());
    this.#assembler.end();
    run.previousTier = tier;
  }

  async #successor(run: Run, entry: Entry): Promise<Entry | null> {
    while (run.next === undefined) {
      await new Promise<void>((resolve, reject) => {
        run.nextKnown = resolve;
        run.abort.signal.addEventListener("abort", () => reject(run.abort.signal.reason as Error), { once: true });
      });
    }
    const { next } = run;
    if (next === null || next.grant.manifest.rate !== entry.grant.manifest.rate) return null;
    run.current = next;
    run.next = undefined;
    run.nextKnown = () => {};
    return next;
  }

  #choose(run: Run, { grant }: Entry): TierName {
    const available = tierNames.filter((tier) => grant.tiers[tier] !== undefined && grant.manifest.tiers[tier] !== undefined);
    if (available.length === 0) throw new PlaybackError("REFUSED", "There is no tier of this track that you may play.");
    return this.#options.chooser.choose({ available, previous: run.previousTier, aheadMs: this.#options.sink.aheadMs });
  }

  /** Fetches what comes after `chunk`, in order; gives up what is under way for another place or tier. */
  #prefetch(run: Run, entry: Entry, chunk: number, tier: TierName): void {
    const { source } = this.#options;
    const { manifest } = entry.grant;
    run.prefetching.abort(new DOMException("the next chunk is being read", "AbortError"));
    run.prefetching = new AbortController();
    const { signal } = run.prefetching;
    const ahead = Array.from({ length: Math.min(chunksAhead, chunkCount(manifest) - 1 - chunk) }, (_, i) => chunk + 1 + i);
    source.keepOnly(new Set([chunk, ...ahead].map((n) => chunkKey(manifest.track, tier, n)).concat(run.next ? [chunkKey(run.next.grant.manifest.track, this.#choose(run, run.next), 0)] : [])));
    const inOrder = async () => {
      await source.arrived(manifest, tier, chunk, signal);
      for (const n of ahead) await source.arrived(manifest, tier, n, signal);
      if (run.next === undefined) await this.#told(run, signal);
      if (run.next) await source.arrived(run.next.grant.manifest, this.#choose(run, run.next), 0, signal);
    };
    // A chunk that cannot be fetched is reported when it is its turn to be played.
    void inOrder().catch(() => {});
  }

  async #told(run: Run, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const before = run.nextKnown;
      run.nextKnown = () => {
        before();
        resolve();
      };
    });
    signal.throwIfAborted();
  }

  #decoder(codec: Codec): Promise<ChunkDecoder> {
    let decoder = this.#decoders.get(codec);
    if (decoder === undefined) {
      decoder = openDecoder(codec);
      this.#decoders.set(codec, decoder);
    }
    return decoder;
  }
}
