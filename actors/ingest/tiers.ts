/**
 * From encoder bytes to stored objects: one chunker per tier, chunks stored while the encoder still runs, with a bound on
 * how many are on their way. Called by pipeline.ts, one instance per attempt at a track.
 */
import { chunkKey, FlacChunker, tierManifest, VorbisChunker, type Chunk, type ChunkedStream, type FileLayouts, type StoredChunk, type TierManifest, type TierName } from "../../audio/index.ts";
import type { Plan } from "./encode.ts";
import { tiersOf } from "./encode.ts";
import { IngestError } from "./errors.ts";
import { limits } from "./limits.ts";

export type Put = (key: string, body: Uint8Array, contentType: string) => Promise<void>;

interface Tier {
  readonly chunker: VorbisChunker | FlacChunker;
  readonly stored: StoredChunk[];
  stream: ChunkedStream | undefined;
}

export class Tiers {
  readonly #trackId: string;
  readonly #put: Put;
  readonly #tiers: ReadonlyMap<TierName, Tier>;
  readonly #puts = new Set<Promise<void>>();
  #failure: Error | undefined;

  constructor(trackId: string, plan: Plan, put: Put) {
    this.#trackId = trackId;
    this.#put = put;
    const chunkSamples = 5 * plan.rate;
    this.#tiers = new Map(
      tiersOf(plan).map((tier): [TierName, Tier] => [tier, { chunker: tier === "flac" ? new FlacChunker({ chunkSamples }) : new VorbisChunker({ chunkSamples }), stored: [], stream: undefined }]),
    );
  }

  /** Takes the next bytes of a tier, `undefined` at its end. A promise resolves when there is room for more. Throws what storing threw, and errors of the chunkers. */
  take(name: TierName, bytes: Uint8Array | undefined): Promise<void> | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    const tier = this.#tiers.get(name);
    if (tier === undefined) throw new IngestError("INTERNAL", `There is no tier ${name}.`);
    if (bytes === undefined) tier.stream = tier.chunker.end();
    const chunks = bytes === undefined ? (tier.stream?.chunks ?? []) : tier.chunker.push(bytes);
    return chunks.length === 0 ? undefined : this.#storeAll(name, tier, chunks);
  }

  async #storeAll(name: TierName, tier: Tier, chunks: readonly Chunk[]): Promise<void> {
    for (const chunk of chunks) {
      tier.stored.push({ bytes: chunk.bytes.length, lead: chunk.lead, tail: chunk.tail });
      this.#store(name, chunk);
      while (this.#puts.size >= limits.putsInFlight) await Promise.race(this.#puts);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #store(name: TierName, chunk: Chunk): void {
    const put = this.#put(chunkKey(this.#trackId, name, chunk.index), chunk.bytes, name === "flac" ? "audio/flac" : "audio/ogg").then(
      () => void this.#puts.delete(put),
      (error: unknown) => {
        this.#puts.delete(put);
        this.#failure ??= error instanceof Error ? error : new Error(String(error));
      },
    );
    this.#puts.add(put);
  }

  /** Waits for everything to be stored. The facts about all tiers, which must agree about the length of the track. */
  async finish(): Promise<{ samples: number; tiers: Partial<Record<TierName, TierManifest>>; layouts: FileLayouts }> {
    await Promise.all(this.#puts);
    if (this.#failure !== undefined) throw this.#failure;
    const tiers: Partial<Record<TierName, TierManifest>> = {};
    const layouts: Partial<Record<TierName, ChunkedStream["layout"]>> = {};
    let samples: number | undefined;
    for (const [name, { stored, stream }] of this.#tiers) {
      if (stream === undefined) throw new IngestError("UNDECODABLE", "ffmpeg ended before the track did.");
      samples ??= stream.samples;
      if (stream.samples !== samples) throw new IngestError("INTERNAL", `The tiers disagree: ${samples} samples, and ${stream.samples} in tier ${name}.`);
      tiers[name] = await tierManifest(name === "flac" ? "flac" : "vorbis", stored, stream);
      layouts[name] = stream.layout;
    }
    return { samples: samples ?? 0, tiers, layouts };
  }

  /** Resolves when nothing is on its way any more, however it ended: only then may the objects be removed. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#puts);
  }
}
