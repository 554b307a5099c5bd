/**
 * One file becomes one track:
 *
 *   sniff -> SHA-256 -> known? -> probe -> encode, cut and store chunks -> checks -> tags, art, analysis -> IngestedTrack
 *
 * Objects are stored first; the caller adds the row to the catalog last. A crash in between leaves objects nobody refers
 * to, and doing it again stores the same bytes under the same keys. Runs in a worker thread (worker.ts) and in tests;
 * everything it needs from the rest of the system is `Host`.
 */
import { stat } from "node:fs/promises";
import { basename, relative } from "node:path";
import { imageKey, type Manifest } from "../../audio/index.ts";
import type { IngestedImage, IngestedTrack } from "../catalog/ingested.ts";
import { AlbumArtists } from "./album-artist.ts";
import { analyse } from "./analysis/index.ts";
import { Covers } from "./art.ts";
import type { Tools } from "./box.ts";
import { digest, flacPromise, mp4Seconds, type Digest, type FlacPromise } from "./container.ts";
import { analysisRate, audioMd5, encode, planFor, type Encoded, type Plan } from "./encode.ts";
import { IngestError } from "./errors.ts";
import { limits } from "./limits.ts";
import { probe, type Probe } from "./probe.ts";
import { sniff } from "./sniff.ts";
import { cleanTags, readTags, type Tags } from "./tags.ts";
import { Tiers } from "./tiers.ts";
import { trackIdOf } from "./track-id.ts";

/** A file to import. */
export interface FileTask {
  /** Where its bytes are. */
  readonly path: string;
  /** Name by which the catalog knows where it came from; a path, or a made-up one for uploads. */
  readonly source: string;
  /** What its own name was, for extension and title. */
  readonly name: string;
  /** The imported folder, whose subfolders may name artist and album; undefined for uploads. */
  readonly root: string | undefined;
}

/** What the catalog knows about a file before it is decoded. `retag`: the path is known with other bytes. */
export type Verdict = { readonly kind: "new" } | { readonly kind: "known"; readonly trackId: string } | { readonly kind: "retag"; readonly trackId: string; readonly audioMd5: string };

export interface Host {
  verdict(file: { source: string; sha256: string; trackId: string }): Promise<Verdict>;
  put(key: string, body: Uint8Array, contentType: string): Promise<void>;
  /** Removes the objects of a track that is not in the catalog. */
  discard(trackId: string): Promise<void>;
}

export type Source = Omit<IngestedTrack["source"], "audioMd5">;
export type Naming = Pick<IngestedTrack, "title" | "artists" | "album" | "albumArtist" | "disc" | "number" | "year" | "genres" | "image">;

export type Outcome =
  | { readonly kind: "known"; readonly trackId: string; readonly source: Source }
  | { readonly kind: "retagged"; readonly trackId: string; readonly naming: Naming; readonly source: IngestedTrack["source"] }
  | { readonly kind: "imported"; readonly track: IngestedTrack; readonly decodeErrors: number };

/** Imports files one after another; remembers covers and album artists from one to the next. */
export class Pipeline {
  readonly #tools: Tools;
  readonly #covers = new Covers();
  readonly #albumArtists = new AlbumArtists();

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  /** Imports one file as far as storing its objects. Throws IngestError (any code), and what `host` throws. */
  async run(task: FileTask, host: Host, signal?: AbortSignal): Promise<Outcome> {
    const before = await stat(task.path);
    if (!before.isFile()) throw new IngestError("UNREADABLE", "It is not a file.");
    if (before.size > limits.fileBytes) throw new IngestError("TOO_LARGE", `It is bigger than ${limits.fileBytes / 2 ** 30} GiB.`);
    const sniffed = await sniff(task.path, task.name);
    if (sniffed.kind === "other") throw new IngestError("NOT_AUDIO", `It is not music (${sniffed.what}).`);
    const demuxer = sniffed.kind === "audio" ? sniffed.demuxer : undefined;

    const read = await digest(task.path);
    const trackId = trackIdOf(read.sha256);
    const source: Source = { path: task.source, sha256: read.sha256.toString("hex"), bytes: read.bytes, modifiedMs: Math.floor(before.mtimeMs) };
    const verdict = await host.verdict({ source: task.source, sha256: source.sha256, trackId });
    if (verdict.kind === "known") return { kind: "known", trackId: verdict.trackId, source };

    const promise = demuxer === "flac" ? await flacPromise(task.path) : undefined;
    const found = promise === undefined || promise.rate === 0 ? await probe(this.#tools, task.path, demuxer, signal) : probeOf(promise);
    if (found.film) throw new IngestError("NOT_AUDIO", "It is a film.");
    if (found.seconds !== undefined && found.seconds * 1000 > limits.trackMs) throw new IngestError("TOO_LONG", `It is longer than ${limits.trackMs / 3_600_000} hours.`);
    const plan = planFor(found, demuxer, { trimSamples: await paddingFree(task.path, found, demuxer), twoStages: read.changes });

    if (verdict.kind === "retag" && (await audioMd5(this.#tools, task.path, plan, signal)) === verdict.audioMd5) {
      return { kind: "retagged", trackId: verdict.trackId, naming: await this.#name(task, host), source: { ...source, audioMd5: verdict.audioMd5 } };
    }

    const { encoded, cut } = await this.#encode(trackId, task.path, plan, host, signal);
    const seconds = cut.samples / plan.rate;
    check({ found, plan, encoded, seconds, read, promise });
    const after = await stat(task.path);
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) throw new IngestError("CHANGED", "It was changed while it was imported; import it again.");

    const manifest: Manifest = {
      v: 1, track: trackId, media: `${trackId}-1`, rate: plan.rate, channels: plan.channels, samples: cut.samples, chunkSamples: 5 * plan.rate,
      loudness: encoded.loudness, tiers: cut.tiers,
    };
    const track: IngestedTrack = {
      id: trackId,
      ...(await this.#name(task, host)),
      durationMs: Math.round(seconds * 1000),
      ...analyse(encoded.excerpt, analysisRate),
      manifest,
      layouts: cut.layouts,
      source: { ...source, audioMd5: encoded.audioMd5 },
    };
    return { kind: "imported", track, decodeErrors: encoded.decodeErrors };
  }

  /** Encodes in one stage, and again in two when the stream turned out to change on the way. */
  async #encode(trackId: string, path: string, plan: Plan, host: Host, signal?: AbortSignal): Promise<{ encoded: Encoded; cut: Awaited<ReturnType<Tiers["finish"]>> }> {
    let again = true;
    for (let attempt = plan; ; ) {
      const tiers = new Tiers(trackId, attempt, (key, body, type) => host.put(key, body, type));
      try {
        const encoded = await encode(this.#tools, path, attempt, (tier, bytes) => tiers.take(tier, bytes), signal);
        const cut = await tiers.finish();
        if (!encoded.restarted) return { encoded, cut };
        attempt = { ...attempt, twoStages: true };
      } catch (error) {
        const name = error instanceof Error ? error.name : "";
        const isAudioError = name === "OggError" || name === "VorbisError" || name === "FlacError";
        if (isAudioError && (error as { code?: string }).code === "empty") throw new IngestError("EMPTY", "It holds no sound.");
        // Left by an attempt that was cut short, with another ffmpeg: nobody refers to those objects.
        const isLeftOver = name === "ObjectConflict" && again;
        if (!isLeftOver && (!isAudioError || attempt.twoStages)) throw error;
        if (isLeftOver) again = false;
        else attempt = { ...attempt, twoStages: true };
      } finally {
        await tiers.settle();
      }
      await host.discard(trackId);
    }
  }

  /** Names and cover of the track; the cover is stored. */
  async #name(task: FileTask, host: Host): Promise<Naming> {
    const { raw, picture } = await readTags(task.path, { pictures: true });
    const below = task.root === undefined ? task.name : relative(task.root, task.path) || basename(task.path);
    const tags: Tags = cleanTags(raw, below, task.root === undefined ? "" : basename(task.root));
    const albumArtist = task.root === undefined ? (tags.albumArtist ?? tags.artists[0] ?? "") : await this.#albumArtists.of(tags, task.path, task.root);
    const art = await this.#covers.of(task.root === undefined ? undefined : task.path, picture?.data);
    if (art !== null) await host.put(imageKey(art.image.id), art.bytes, art.image.contentType);
    const image: IngestedImage | null = art?.image ?? null;
    return { ...tags, albumArtist, image };
  }
}

/** A FLAC file says all that ffmpeg would: one process less per track. */
function probeOf({ rate, channels, bits, samples }: FlacPromise): Probe {
  return { codec: "flac", rate, channels, lossless: true, bits: bits > 16 ? 24 : 16, seconds: samples === 0 ? undefined : samples / rate, film: false };
}

/** Refuses what ffmpeg decoded without complaint and is not whole all the same. */
function check({ found, plan, encoded, seconds, read, promise }: { found: Probe; plan: Plan; encoded: Encoded; seconds: number; read: Digest; promise: FlacPromise | undefined }): void {
  if (seconds * 1000 > limits.trackMs) throw new IngestError("TOO_LONG", `It is longer than ${limits.trackMs / 3_600_000} hours.`);
  // The declared length of a chain is that of one link.
  if (found.seconds !== undefined && read.links <= 1 && seconds < found.seconds - limits.truncationMs / 1000) {
    throw new IngestError("TRUNCATED", `It ends after ${seconds.toFixed(1)} s; it should last ${found.seconds.toFixed(1)} s.`);
  }
  if (encoded.decodeErrors > limits.decodeErrors + seconds * limits.decodeErrorsPerSecond) throw new IngestError("CORRUPT", `${encoded.decodeErrors} of its frames are damaged.`);
  // A damaged FLAC decodes without a word; only the checksum of its samples tells.
  if (promise?.md5 !== undefined && promise.bits === plan.md5Bits && promise.md5 !== encoded.audioMd5) throw new IngestError("CORRUPT", "Its sound is not what its checksum promises.");
}

/** Samples of the source without the encoder's end padding, for MP4 files that say so; ffmpeg only removes the one at the start. */
async function paddingFree(path: string, found: Probe, demuxer: string | undefined): Promise<number | undefined> {
  if (demuxer !== "mov") return undefined;
  const length = await mp4Seconds(path);
  if (length === undefined) return undefined;
  return "samples" in length ? length.samples : Math.round(length.seconds * found.rate);
}
