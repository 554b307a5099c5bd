/**
 * What a track is called: tags read with music-metadata, cleaned of the dirt that real collections carry, and completed
 * from the names of the file and its folders. `cleanTags` is pure; `readTags` opens the file, in bounded time.
 */
import type { ICommonTagsResult, IPicture } from "music-metadata";
import { limits } from "./limits.ts";
import { guess } from "./names.ts";

export interface Tags {
  readonly title: string;
  /** At least one. */
  readonly artists: readonly string[];
  readonly album: string;
  /** Whose album it is; undefined when no tag says so (album-artist.ts decides then by the folder). */
  readonly albumArtist: string | undefined;
  readonly disc: number;
  readonly number: number | null;
  readonly year: number | null;
  readonly genres: readonly string[];
}

const unknownArtist = "Unknown Artist";
export const variousArtists = "Various Artists";

export type RawTags = Partial<Pick<ICommonTagsResult, "title" | "artist" | "artists" | "album" | "albumartist" | "compilation" | "year" | "date" | "genre">> & {
  readonly track?: { readonly no: number | null };
  readonly disk?: { readonly no: number | null };
};

/**
 * Reads the tags of `path`. Files that music-metadata cannot read, or not within limits.tagsMs, have none: whether a
 * file is music is not decided here.
 */
export async function readTags(path: string, options: { pictures: boolean }): Promise<{ raw: RawTags; picture: IPicture | undefined }> {
  const { parseFile, selectCover } = await import("music-metadata");
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, limits.tagsMs, undefined);
  });
  try {
    const read = await Promise.race([parseFile(path, { duration: false, skipCovers: !options.pictures }).catch(() => undefined), late]);
    if (read === undefined) return { raw: {}, picture: undefined };
    return { raw: read.common, picture: options.pictures ? (selectCover(read.common.picture) ?? undefined) : undefined };
  } finally {
    clearTimeout(timer);
  }
}

/** The tags of a file at `path` relative to the imported folder, which is called `root` ("" for an upload: no folder says anything). */
export function cleanTags(raw: RawTags, path: string, root: string): Tags {
  const guessed = guess(path, root);
  const artists = splitArtists(raw.artists ?? (raw.artist === undefined ? [] : [raw.artist]));
  const title = undouble(clean(raw.title, bracketed)) ?? guessed.title;
  const albumArtist = undouble(clean(raw.albumartist, nobody));
  const compilation = raw.compilation === true || (albumArtist !== undefined && /^(various|various artists|va|v\.a\.)$/i.test(albumArtist));
  return {
    title,
    artists: artists.length > 0 ? artists : [guessed.artist ?? (compilation ? undefined : albumArtist) ?? unknownArtist],
    album: undouble(clean(raw.album, nobody, address)) ?? guessed.album ?? title,
    albumArtist: compilation ? variousArtists : albumArtist,
    disc: within(raw.disk?.no, 1, 99) ?? guessed.disc ?? 1,
    number: within(raw.track?.no, 1, 9999) ?? guessed.number ?? null,
    year: within(raw.year, 1000, 2200) ?? within(Number(/^\d{4}/.exec(raw.date ?? "")?.[0]), 1000, 2200) ?? null,
    genres: distinct(bounded(raw.genre ?? []).flatMap((genre) => genre.split(/[;,|/\0]/)).map((genre) => clean(genre, nobody))).slice(0, limits.genresPerTrack),
  };
}

/** "<Unknown>", "(None)", "[untitled]": what programs write when they know nothing. A bare "None" may be a title. */
const bracketed = /^[<[({]\s*(unknown( \w+)?|none|no (artist|album|title|genre)|untitled|undefined|null|n\/?a|\?+)\s*[>\])}]$/i;
const nobody = /^[<[({]?\s*(unknown( (artist|album|genre))?|none|no (artist|album|genre)|untitled|undefined|null|n\/?a|[?-]+|other)\s*[>\])}]?$/i;
const address = /^(https?:\/\/|www\.)/i;

/** One line of printable text in composed form, at most limits.tagLength characters; undefined for nothing and for `junk`. */
function clean(text: string | undefined, ...junk: readonly RegExp[]): string | undefined {
  if (typeof text !== "string") return undefined;
  const line = text.slice(0, 4 * limits.tagLength).normalize("NFC").replace(/[\p{Cc}\u200b\u2028\u2029\ufeff\ufffd]+/gu, " ").replace(/\s+/g, " ").trim().slice(0, limits.tagLength).trim();
  return line === "" || junk.some((pattern) => pattern.test(line)) ? undefined : line;
}

/** "Title;Title", as joined repeated comments come out, is one title; "Stop; Go" stays. */
function undouble(text: string | undefined): string | undefined {
  if (text === undefined || !text.includes(";")) return text;
  const parts = text.split(";").map((part) => part.trim()).filter((part) => part !== "");
  const kept = distinct(parts);
  return kept.length === parts.length ? text : kept.join("; ");
}

/** Performing artists: several values, or one value with ";", " / " or "feat." in it. "&" and "," stay: bands are called so. */
function splitArtists(values: readonly string[]): string[] {
  const names = bounded(values).flatMap((value) => value.split(/;|\0| \/ | (?:feat|ft|featuring)\.? |\((?:feat|ft|featuring)\.? ([^)]*)\)/i)).map((name) => clean(name, nobody));
  return distinct(names).slice(0, limits.artistsPerTrack);
}

/** As much of the values of one tag as anybody could mean. */
function bounded(values: readonly string[]): string[] {
  return values.slice(0, 64).map((value) => value.slice(0, 4 * limits.tagLength));
}

/** Without repetitions, whatever their case, and without gaps. */
function distinct(values: readonly (string | undefined)[]): string[] {
  const seen = new Map<string, string>();
  for (const value of values) if (value !== undefined && !seen.has(value.toLowerCase())) seen.set(value.toLowerCase(), value);
  return [...seen.values()];
}

function within(value: number | null | undefined, least: number, most: number): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most ? value : undefined;
}
