/** For tests: ingested tracks as ingest would make them, without audio. */
import { createHash } from "node:crypto";
import type { ChunkEntry, FileLayout, Manifest, TierManifest, TierName } from "../../audio/index.ts";
import type { IngestedTrack } from "../catalog/ingested.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

/** A track of `seconds` in `tiers`, with tags as `overrides` say. The id follows from `name`. */
export function ingestedTrack(name: string, overrides: Partial<IngestedTrack> = {}, tiers: readonly TierName[] = ["96", "160", "320", "flac"], seconds = 12): IngestedTrack {
  const id = overrides.id ?? sha256(name).slice(0, 22);
  return {
    id,
    title: name,
    artists: ["Test Artist"],
    album: "Test Album",
    albumArtist: "Test Artist",
    disc: 1,
    number: 1,
    year: 2020,
    genres: ["Rock"],
    durationMs: seconds * 1000,
    image: null,
    tempoBpm: { value: 120, confidence: 0.9 },
    musicKey: { value: "A minor", confidence: 0.5 },
    energy: null,
    manifest: manifest(id, tiers, seconds),
    layouts: Object.fromEntries(tiers.map((tier): [TierName, FileLayout] => [tier, { bytes: 1_000, parts: [[0, 0]] }])),
    source: { path: `/music/${name}.flac`, sha256: sha256(`file ${name}`), bytes: 1_000, modifiedMs: 1_700_000_000_000, audioMd5: "0".repeat(32) },
    ...overrides,
  };
}

function manifest(id: string, tiers: readonly TierName[], seconds: number): Manifest {
  const rate = 44_100;
  const chunkSamples = 5 * rate;
  const count = Math.ceil((seconds * rate) / chunkSamples);
  const tier = (name: TierName): TierManifest => ({
    codec: name === "flac" ? "flac" : "vorbis",
    header: { bytes: 4_000, sha256: sha256(name) },
    avgKbps: 100,
    chunks: Array.from({ length: count }, (_, at): ChunkEntry => [at * 60_000, 60_000, 576, 0]),
  });
  return {
    v: 1,
    track: id,
    media: sha256(`media ${id}`).slice(0, 22),
    rate,
    channels: 2,
    samples: seconds * rate,
    chunkSamples,
    loudness: { lufs: -14.2, truePeak: -1 },
    tiers: Object.fromEntries(tiers.map((name) => [name, tier(name)])),
  };
}

/** An image record of ingest; the object itself is not there. */
export function ingestedImage(name: string): NonNullable<IngestedTrack["image"]> {
  return { id: sha256(name), contentType: "image/jpeg", width: 600, height: 600, color: "#102030" };
}
