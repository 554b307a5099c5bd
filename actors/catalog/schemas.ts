/** JSON Schemas of what the catalog answers, shared with other services whose answers hold tracks, artists or albums. */
import { tierNames } from "../../audio/index.ts";
import type { JsonSchema } from "../action.ts";

const id: JsonSchema = { type: "string", minLength: 1 };
const nullable = (type: string, rest: JsonSchema = {}): JsonSchema => ({ type: [type, "null"], ...rest });
const confidence = nullable("number", { minimum: 0, maximum: 1, description: "0 (a guess) to 1 (certain)" });

/** An object with exactly `properties`, all of them present. */
export function objectOf(title: string, properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { title, type: "object", additionalProperties: false, required: Object.keys(properties), properties };
}

export const arrayOf = (items: JsonSchema): JsonSchema => ({ type: "array", items });

/** `{items, nextCursor}`. */
export const pageOf = (title: string, items: JsonSchema): JsonSchema =>
  objectOf(title, { items: arrayOf(items), nextCursor: nullable("string", { description: "cursor of the next page; null on the last" }) });

const namedSchema = objectOf("Named", { id, name: { type: "string" } });

const trackProperties = {
  id,
  title: { type: "string" },
  artists: { ...arrayOf(namedSchema), minItems: 1 },
  album: objectOf("AlbumReference", { id, title: { type: "string" } }),
  disc: { type: "integer", minimum: 1 },
  number: nullable("integer"),
  year: nullable("integer"),
  durationMs: { type: "integer", minimum: 0 },
  imageId: nullable("string", { description: "GET /v1/images/:id" }),
  genres: arrayOf(namedSchema),
  tiers: arrayOf({ type: "string", enum: [...tierNames] }),
  loudness: objectOf("Loudness", { lufs: nullable("number", { description: "integrated, LUFS (EBU R 128)" }), truePeak: nullable("number", { description: "dBTP" }) }),
  analysis: objectOf("Analysis", {
    tempoBpm: nullable("number"),
    tempoConfidence: confidence,
    key: nullable("string", { description: 'such as "A minor"' }),
    keyConfidence: confidence,
    energy: nullable("number", { minimum: 0, maximum: 1 }),
    energyConfidence: confidence,
  }),
} satisfies Record<string, JsonSchema>;

const artistProperties = { id, name: { type: "string" }, imageId: nullable("string") } satisfies Record<string, JsonSchema>;

const albumProperties = {
  id,
  title: { type: "string" },
  artist: namedSchema,
  year: nullable("integer"),
  imageId: nullable("string"),
  trackCount: { type: "integer", minimum: 0 },
} satisfies Record<string, JsonSchema>;

export const trackSchema = objectOf("Track", trackProperties);
/** What is shown of a track while it plays (track-facts.ts). */
export const trackFactSchema = objectOf("TrackFact", { id, title: { type: "string" }, artists: arrayOf({ type: "string" }), durationMs: { type: "integer", minimum: 0 }, imageId: nullable("string") });
export const artistSchema = objectOf("Artist", artistProperties);
export const albumSchema = objectOf("Album", albumProperties);
export const genreSchema = objectOf("Genre", { id, name: { type: "string" }, trackCount: { type: "integer", minimum: 0 } });
export const artistPageSchema = objectOf("ArtistPage", { ...artistProperties, albums: arrayOf(albumSchema), topTracks: arrayOf(trackSchema) });
export const albumPageSchema = objectOf("AlbumPage", { ...albumProperties, tracks: arrayOf(trackSchema) });

const chunkSchema: JsonSchema = { type: "array", minItems: 4, maxItems: 4, items: { type: "integer", minimum: 0 }, description: "[offset, bytes, lead samples, tail samples]" };

const tierManifestSchema = objectOf("TierManifest", {
  codec: { type: "string", enum: ["vorbis", "flac"] },
  header: objectOf("ChunkHeader", { bytes: { type: "integer", minimum: 0 }, sha256: { type: "string" } }),
  avgKbps: { type: "number" },
  chunks: arrayOf(chunkSchema),
});

/** `values` per tier; no tier needs to be there. */
export const perTier = (title: string, values: JsonSchema): JsonSchema => ({
  title,
  type: "object",
  additionalProperties: false,
  properties: Object.fromEntries(tierNames.map((tier) => [tier, values])),
});

export const manifestSchema = objectOf("Manifest", {
  v: { type: "integer", enum: [1] },
  track: id,
  media: id,
  rate: { type: "integer", enum: [44_100, 48_000] },
  channels: { type: "integer", enum: [1, 2] },
  samples: { type: "integer", minimum: 0, description: "length in samples per channel" },
  chunkSamples: { type: "integer", minimum: 1, description: "samples per chunk" },
  loudness: objectOf("ManifestLoudness", { lufs: nullable("number"), truePeak: nullable("number") }),
  tiers: perTier("TierManifests", tierManifestSchema),
});

export const layoutSchema = objectOf("FileLayout", {
  bytes: { type: "integer", minimum: 0 },
  parts: arrayOf({ type: "array", minItems: 2, maxItems: 2, items: { type: "integer", minimum: 0 } }),
});

export const playableSchema = objectOf("Playable", { manifest: manifestSchema, layouts: perTier("FileLayouts", layoutSchema) });

export const documentSchema = objectOf("SearchDocument", {
  id,
  type: { type: "string", enum: ["track", "artist", "album", "genre"] },
  name: { type: "string" },
  context: { type: "string" },
  popularity: { type: "number", minimum: 0 },
});
