/** Parameter rules that several catalog actions share. */
import type { Rule } from "../action.ts";
import { id } from "../params.ts";

export { id, paged } from "../params.ts";

/** Ids of one type in a call for summaries. */
export const ids = { type: "array", items: id, max: 500, optional: true } as const;

const sha256 = "^[0-9a-f]{64}$";
const text = { type: "string", max: 8_192, empty: true } as const;
const unit = { type: "number", min: 0, max: 1 } as const;
const estimate = (value: Rule) => ({ type: "object", strict: true, nullable: true, props: { value, confidence: unit } }) as const;

export const source = {
  type: "object",
  strict: true,
  props: {
    path: { type: "string", min: 1, max: 8_192 },
    sha256: { type: "string", pattern: sha256 },
    bytes: { type: "number", integer: true, min: 0 },
    modifiedMs: { type: "number", integer: true, min: 0 },
    audioMd5: { type: "string", max: 64, empty: true },
  },
} as const;

/** IngestedTrack. The manifest and layouts were built by audio/: they are stored as they are. */
export const track = {
  type: "object",
  strict: true,
  props: {
    id,
    title: text,
    artists: { type: "array", items: text, min: 1, max: 1_000 },
    album: text,
    albumArtist: text,
    disc: { type: "number", integer: true, min: 1, max: 10_000 },
    number: { type: "number", integer: true, min: 0, max: 1_000_000, nullable: true },
    year: { type: "number", integer: true, min: 0, max: 9_999, nullable: true },
    genres: { type: "array", items: text, max: 1_000 },
    durationMs: { type: "number", integer: true, min: 0, max: 2 ** 31 - 1 },
    image: {
      type: "object",
      strict: true,
      nullable: true,
      props: {
        id: { type: "string", pattern: sha256 },
        contentType: { type: "string", min: 3, max: 100 },
        width: { type: "number", integer: true, min: 1 },
        height: { type: "number", integer: true, min: 1 },
        color: { type: "string", pattern: "^#[0-9a-f]{6}$" },
      },
    },
    tempoBpm: estimate({ type: "number", min: 0, max: 1_000 }),
    musicKey: estimate({ type: "string", min: 1, max: 20 }),
    energy: estimate(unit),
    manifest: { type: "any" },
    layouts: { type: "any" },
    source,
  },
} as const;
