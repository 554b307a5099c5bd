/** Makes a tier's entry of the manifest at ingest, and checks a manifest where it comes from outside. */
import type { Chunk } from "./chunk.ts";
import { InvalidManifest } from "./errors.ts";
import { chunkCount, samplesOfChunk, tierNames, type ChunkEntry, type Manifest, type TierManifest } from "./manifest.ts";

/** What is left of a chunk once its bytes are stored. */
export type StoredChunk = Pick<Chunk, "lead" | "tail"> & { readonly bytes: number };

/** The tier's entry, from all its chunks in order and what `end()` of the chunker answered. Hashes the header with Web Crypto. */
export async function tierManifest(codec: "vorbis" | "flac", chunks: readonly StoredChunk[], stream: { readonly header: Uint8Array; readonly samples: number; readonly rate: number }): Promise<TierManifest> {
  const entries: ChunkEntry[] = [];
  let offset = 0;
  for (const { bytes, lead, tail } of chunks) {
    entries.push([offset, bytes, lead, tail]);
    offset += bytes;
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new Uint8Array(stream.header)));
  return {
    codec,
    header: { bytes: stream.header.length, sha256: Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") },
    avgKbps: Math.round((offset * 8 * stream.rate) / stream.samples / 100) / 10,
    chunks: entries,
  };
}

const maxSamples = 2 ** 36;
/** Longest overlap of two blocks in Vorbis: a pre-roll cannot give more. */
const maxLead = 4096;

/**
 * Throws InvalidManifest with the first contradiction unless `value` is a manifest this version can play. Tiers with
 * other names than ours are left alone: a later server may have more.
 */
export function assertManifest(value: unknown): asserts value is Manifest {
  const manifest = fieldsOf(value, "the manifest");
  check(manifest["v"] === 1, "v is not 1");
  for (const name of ["track", "media"]) check(isName(manifest[name]), `${name} is not an id`);
  check(manifest["rate"] === 44_100 || manifest["rate"] === 48_000, "rate is neither 44100 nor 48000");
  check(manifest["channels"] === 1 || manifest["channels"] === 2, "channels is neither 1 nor 2");
  const { samples, chunkSamples } = manifest;
  check(isCount(samples) && samples > 0 && samples <= maxSamples, "samples is not a length");
  check(isCount(chunkSamples) && chunkSamples >= 8192, "chunkSamples is not a length");
  const loudness = fieldsOf(manifest["loudness"], "loudness");
  for (const name of ["lufs", "truePeak"]) check(loudness[name] === null || Number.isFinite(loudness[name]), `loudness.${name} is neither a number nor null`);
  const tiers = fieldsOf(manifest["tiers"], "tiers");
  const present = tierNames.filter((name) => tiers[name] !== undefined);
  check(present.length > 0, "there is no tier");
  for (const name of present) assertTier(fieldsOf(tiers[name], `tier ${name}`), name === "flac" ? "flac" : "vorbis", name, { samples, chunkSamples });
}

function assertTier(tier: Readonly<Record<string, unknown>>, codec: string, name: string, track: Pick<Manifest, "samples" | "chunkSamples">): void {
  check(tier["codec"] === codec, `tier ${name} has the wrong codec`);
  const header = fieldsOf(tier["header"], `header of tier ${name}`);
  const headerBytes = header["bytes"];
  check(isCount(headerBytes) && headerBytes > 0, `tier ${name} has no header length`);
  check(typeof header["sha256"] === "string" && /^[0-9a-f]{64}$/.test(header["sha256"]), `tier ${name} has no header hash`);
  check(Number.isFinite(tier["avgKbps"]) && (tier["avgKbps"] as number) > 0, `tier ${name} has no bit rate`);
  const chunks = tier["chunks"];
  check(Array.isArray(chunks) && chunks.length === chunkCount(track), `tier ${name} does not have ${chunkCount(track)} chunks`);
  let expected = 0;
  for (const [index, entry] of (chunks as unknown[]).entries()) {
    check(Array.isArray(entry) && entry.length === 4 && entry.every(isCount), `chunk ${index} of tier ${name} is not four counts`);
    const [offset, bytes, lead, tail] = entry as unknown as ChunkEntry;
    check(offset === expected && bytes > headerBytes, `chunk ${index} of tier ${name} does not follow the one before`);
    const overlaps = codec === "vorbis";
    check(lead <= (overlaps && index > 0 ? maxLead : 0), `chunk ${index} of tier ${name} has an impossible lead`);
    check(tail <= (overlaps ? samplesOfChunk(track, index + 1) : 0), `chunk ${index} of tier ${name} has an impossible tail`);
    expected += bytes;
  }
}

function fieldsOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  check(typeof value === "object" && value !== null && !Array.isArray(value), `${what} is not an object`);
  return value as Readonly<Record<string, unknown>>;
}

function isName(value: unknown): boolean {
  return typeof value === "string" && value.length > 0 && value.length <= 128;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function check(truth: boolean, problem: string): asserts truth {
  if (!truth) throw new InvalidManifest("bad-manifest", `The manifest cannot be used: ${problem}.`);
}
