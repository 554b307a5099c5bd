/** The answer to a search: what the index found, as the catalog shows it. Pure. */
import { searchTypes, type SearchHit, type SearchType } from "../../storage/index.ts";

/** What people may ask for. Playlists are no documents of the index: they are found in the tables that list them. */
export const answerTypes = [...searchTypes, "playlist"] as const;
export type AnswerType = (typeof answerTypes)[number];

/** "track, album" as types, each once; undefined when a word is none. */
export function parseTypes(text: string): AnswerType[] | undefined {
  const words = text.split(",").map((word) => word.trim());
  const known = words.filter((word): word is AnswerType => (answerTypes as readonly string[]).includes(word));
  return known.length === words.length ? [...new Set(known)] : undefined;
}

export interface Identified {
  readonly id: string;
}

export type Summaries = Readonly<Record<SearchType, readonly Identified[]>>;

export interface Answer {
  readonly query: string;
  readonly tracks: readonly Identified[];
  readonly artists: readonly Identified[];
  readonly albums: readonly Identified[];
  readonly playlists: readonly Identified[];
  readonly genres: readonly Identified[];
}

/** Hits in their order, as `summaries` shows them; what the catalog no longer has is left out. */
export function answer(query: string, hits: Readonly<Record<SearchType, readonly SearchHit[]>>, summaries: Summaries, playlists: readonly Identified[]): Answer {
  const shown = (type: SearchType) => {
    const known = new Map(summaries[type].map((item) => [item.id, item]));
    return hits[type].flatMap(({ id }) => known.get(id) ?? []);
  };
  return { query, tracks: shown("track"), artists: shown("artist"), albums: shown("album"), playlists, genres: shown("genre") };
}
