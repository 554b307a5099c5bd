/**
 * Chunk assembly: decoded chunks in, the track's own samples out, each exactly once.
 *
 *   decoded chunk k    | lead |        samples        | tail |
 *   played             |      |#######################|      |
 *
 * Within one tier the lead and the tail are dropped, and the samples of chunk k+1 follow those of chunk k bit for bit.
 * Two tiers of one track differ, and a hard cut between them clicks (up to 20 dB of high frequencies), so at a change
 * the two are ramped over 64 samples:
 *
 *   from Vorbis   the old tier's tail under the head of the new chunk
 *   from FLAC     (no tail) the end of the old chunk, held back for this, over the end of the new chunk's lead
 *
 * Pure; the producer drives it: begin, accept as blocks arrive, end; `reset` at a seek or a new track.
 */
import { PlaybackError } from "../errors.ts";
import type { Samples } from "./decoder.ts";

export const crossfadeSamples = 64;

export interface ChunkPlan {
  /** Anything that tells tiers apart. */
  readonly tier: string;
  readonly lead: number;
  /** Own samples of the chunk. */
  readonly samples: number;
  readonly tail: number;
  /** Own samples to leave out at the start: playback begins inside the chunk. */
  readonly skip: number;
  /** No chunk follows in this track. */
  readonly last: boolean;
}

export class ChunkAssembler {
  #plan: ChunkPlan | null = null;
  /** Samples of the current chunk taken in, lead and tail included. */
  #taken = 0;
  #previousTier: string | null = null;
  /** First samples of the old tier's tail. */
  #tail = new Run();
  /** Last samples of a chunk that has no tail, not put out yet. */
  #held = new Run();
  /** End of the current chunk's lead, for the ramp from held samples. */
  #leadEnd = new Run();
  #nextTail = new Run();

  /** Forgets the chunk before: what follows is not continuous with it. */
  reset(): void {
    this.#plan = null;
    this.#previousTier = null;
    this.#tail = new Run();
    this.#held = new Run();
  }

  /** Samples of the chunk before that come out with the first block of the next. */
  get heldSamples(): number {
    return this.#held.length;
  }

  begin(plan: ChunkPlan): void {
    this.#plan = plan;
    this.#taken = 0;
    this.#leadEnd = new Run();
    this.#nextTail = new Run();
    if (this.#previousTier === plan.tier || plan.skip > 0) this.#tail = new Run();
  }

  /** Takes decoded samples, in order; answers those to play now, one array per channel, freshly allocated. */
  accept(decoded: Samples): Float32Array[] {
    const plan = this.#current();
    const length = decoded[0]?.length ?? 0;
    const from = this.#taken;
    this.#taken += length;
    const ownEnd = plan.lead + plan.samples;
    // Ranges of `decoded` that belong to the lead, to the chunk itself and to the tail.
    const own = clip(plan.lead + plan.skip - from, ownEnd - from, length);
    if (this.#held.length > 0) this.#leadEnd.append(part(decoded, clip(plan.lead - crossfadeSamples - from, plan.lead - from, length)));
    this.#nextTail.append(part(decoded, clip(ownEnd - from, ownEnd + Math.min(plan.tail, crossfadeSamples) - from, length)));
    if (own.end <= own.start) return [];

    const out = new Run();
    if (this.#held.length > 0) {
      out.append(this.#previousTier === plan.tier ? this.#held.channels : ramp(this.#held.channels, this.#leadEnd.channels, this.#held.length - this.#leadEnd.length));
      this.#held = new Run();
    }
    const played = part(decoded, own);
    out.append(this.#tail.length === 0 ? played : this.#underTail(played, from + own.start - plan.lead));
    this.#holdBack(plan, out);
    return out.channels;
  }

  /** The chunk is decoded to its end. Throws PlaybackError "CORRUPT" when samples are missing. */
  end(): void {
    const plan = this.#current();
    if (this.#taken < plan.lead + plan.samples) throw new PlaybackError("CORRUPT", `A part of this track is ${plan.lead + plan.samples - this.#taken} samples short.`);
    this.#previousTier = plan.tier;
    this.#tail = this.#nextTail;
    this.#plan = null;
  }

  /** Mixes the old tail into `played`, which starts `at` samples into the chunk. */
  #underTail(played: Float32Array[], at: number): Float32Array[] {
    const fade = this.#tail.length;
    return played.map((samples, channel) => {
      const old = this.#tail.channels[channel] ?? new Float32Array(fade);
      for (let i = 0; i < samples.length && at + i < fade; i++) samples[i] = mix(old[at + i] ?? 0, samples[i] ?? 0, (at + i + 0.5) / fade);
      return samples;
    });
  }

  #holdBack(plan: ChunkPlan, out: Run): void {
    if (plan.tail > 0 || plan.last) return;
    const ownLeft = plan.lead + plan.samples - this.#taken;
    const keep = Math.min(out.length, Math.max(0, crossfadeSamples - Math.max(0, ownLeft)));
    if (keep === 0) return;
    this.#held.append(out.cut(out.length - keep));
  }

  #current(): ChunkPlan {
    if (this.#plan === null) throw new Error("no chunk has begun");
    return this.#plan;
  }
}

/** Samples that grow at the end. */
class Run {
  channels: Float32Array[] = [];

  get length(): number {
    return this.channels[0]?.length ?? 0;
  }

  append(more: readonly Float32Array[]): void {
    if ((more[0]?.length ?? 0) === 0) return;
    if (this.length === 0) {
      this.channels = [...more];
      return;
    }
    this.channels = this.channels.map((own, channel) => {
      const joined = new Float32Array(own.length + (more[channel]?.length ?? 0));
      joined.set(own);
      joined.set(more[channel] ?? [], own.length);
      return joined;
    });
  }

  /** Takes away and answers what lies from `at` on. */
  cut(at: number): Float32Array[] {
    const rest = this.channels.map((samples) => samples.slice(at));
    this.channels = this.channels.map((samples) => samples.slice(0, at));
    return rest;
  }
}

/** `old` as it is up to `from`, then ramped into `fresh`. */
function ramp(old: readonly Float32Array[], fresh: readonly Float32Array[], from: number): Float32Array[] {
  return old.map((samples, channel) => {
    const out = samples.slice();
    const into = fresh[channel] ?? new Float32Array(0);
    const length = samples.length - from;
    for (let i = 0; i < length; i++) out[from + i] = mix(samples[from + i] ?? 0, into[i] ?? 0, (i + 0.5) / length);
    return out;
  });
}

/** Linear, not equal-power: the two tiers are the same music, so their amplitudes add. */
function mix(old: number, fresh: number, weight: number): number {
  return old + (fresh - old) * weight;
}

function clip(start: number, end: number, length: number): { start: number; end: number } {
  const from = Math.min(Math.max(0, start), length);
  return { start: from, end: Math.min(Math.max(from, end), length) };
}

function part(samples: Samples, { start, end }: { start: number; end: number }): Float32Array[] {
  return samples.map((channel) => channel.slice(start, end));
}
