/**
 * Names: the keys under which artists, albums, tracks and genres meet, how they sort, and which genre tags mean
 * nothing. Pure; catalog.add is the caller.
 */
import { fold } from "../../storage/index.ts";

/** Names longer than this are cut: they are tags gone wrong, and btree keys have a bound of 2,704 bytes. */
export const longestName = 500;

/** A tag as it is shown: one line, no control or direction-changing characters, bounded. May be empty. */
export function displayName(tag: string): string {
  return tag
    .slice(0, longestName * 4)
    .toWellFormed()
    .normalize("NFC")
    // U+202A-202E and U+2066-2069 would turn the text around a name.
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, " ")
    .replace(/\s+/gu, " ")
    .trim()
    .slice(0, longestName)
    .toWellFormed();
}

/** Two names with one key are one thing. Never empty for a name that shows anything. */
export function nameKey(name: string): string {
  return bounded(fold(name));
}

/** A unique key must fit a btree page: 4 bytes a character at worst. */
const bounded = (key: string) => key.slice(0, longestName).toWellFormed();

const articles = /^(?:the|an?|el|las?|los|les?|os?|as|der|die|das|il|gli) (?=\S)/u;

/** Where a name stands in a list: its key without a leading article ("The Beatles" under b, "The The" under t). */
export function sortName(name: string): string {
  return nameKey(name).replace(articles, "");
}

/** Tags that say "no genre". */
const noGenre = new Set(["", "none", "unknown", "other", "undefined", "misc", "null", "n a", "genre", "default", "general", "unclassifiable", "no genre", "unknown genre", "<unknown>", "untagged"]);

/** ID3v1 numbers survive in old tags as "(17)" or "(17)Rock"; ingest's reader names the bare ones it knows. */
const id3Number = /^\(\d{1,3}\)\s*/u;

/** At most this many genres a track; tags with more are lists of moods. */
const genresPerTrack = 16;

/**
 * Genre tags as names: split where tags join several, without the ones that mean nothing, once each, in order.
 * "(None)" gives nothing; "Folk; Rock/Metal" gives Folk, Rock, Metal; "R&B/Soul" gives R&B, Soul.
 */
export function cleanGenres(tags: readonly string[]): string[] {
  const byKey = new Map<string, string>();
  for (const tag of tags) {
    for (const part of tag.slice(0, longestName).split(/[;,/|\0]/u)) {
      const name = displayName(part.trim().replace(id3Number, "").replace(/^\((.*)\)$/u, "$1"));
      const key = nameKey(name);
      if (noGenre.has(key) || /^\d+$/u.test(key) || name.length > 60) continue;
      if (!byKey.has(key)) byKey.set(key, name);
    }
  }
  return [...byKey.values()].slice(0, genresPerTrack);
}
