/**
 * Corrections: what a query may have meant when its words, as typed, find too little. Asks the vocabulary
 * (table search_term); used by the PostgreSQL adapter only.
 *
 * Answers tsquery templates, most trusted first. First words the vocabulary does not know are replaced by known ones
 * one edit away (or two, for long words), or split in two ("pinkfloyd"). When all are known, any of them may
 * be the wrong one, or two of them one ("back street").
 */
import type { Queryable } from "../ports.ts";
import { correctedWords, corrections, oneTypoLength, reconsideredWords, similarTerms, twoTyposLength } from "./limits.ts";
import { distance, oneEditAway } from "./typos.ts";
import { lexeme, type QueryWord } from "./words.ts";

const length = (word: string) => Array.from(word).length;

/** What the vocabulary says about a set of words: which are terms, and which begin terms. */
interface Known {
  readonly terms: ReadonlySet<string>;
  readonly beginnings: ReadonlySet<string>;
}

export async function correctedQueries(database: Queryable, words: readonly QueryWord[]): Promise<string[]> {
  const corrected = words
    .filter(({ text }) => length(text) >= oneTypoLength)
    .toSorted((a, b) => b.text.length - a.text.length)
    .slice(0, correctedWords);
  if (corrected.length === 0) return [];
  const variants = new Map(corrected.map((word) => [word, oneEditAway(word.text)]));
  const known = await ask(database, words, corrected, variants);
  const isKnown = ({ text, open }: QueryWord) => (open && length(text) <= 2) || (open ? known.beginnings.has(text) : known.terms.has(text));

  const strangers = words.filter((word) => !isKnown(word));
  if (strangers.length > 0) {
    const meanings = new Map<QueryWord, string[]>();
    for (const word of strangers) {
      let found = corrected.includes(word) ? oneEdit(word, variants.get(word) ?? [], known) : [];
      if (found.length === 0 && corrected.includes(word) && length(word.text) >= twoTyposLength) found = await twoEdits(database, word);
      // A word that cannot be explained is in no document; only written together with its neighbour it may be.
      if (found.length === 0) return joinedPairs(words, known);
      meanings.set(word, found);
    }
    return [template(words, meanings), ...joinedPairs(words, known)];
  }
  // Each word with all its neighbours: the wider the query, the less is gained and the more is read.
  if (words.length > reconsideredWords) return joinedPairs(words, known);
  const meanings = new Map(corrected.map((word) => [word, [lexeme(word), ...oneEdit(word, variants.get(word) ?? [], known)]]));
  return [template(words, meanings), ...joinedPairs(words, known)];
}

/** All questions about all words in one statement: each is a probe of the primary key. */
async function ask(database: Queryable, words: readonly QueryWord[], corrected: readonly QueryWord[], variants: ReadonlyMap<QueryWord, readonly string[]>): Promise<Known> {
  const terms = new Set(words.map(({ text }) => text));
  const beginnings = new Set(words.filter(({ open }) => open).map(({ text }) => text));
  for (const word of corrected) {
    for (const variant of variants.get(word) ?? []) {
      terms.add(variant);
      if (opens(word, variant)) beginnings.add(variant);
    }
    for (const [head, tail] of splits(word.text)) {
      terms.add(head).add(tail);
      if (word.open) beginnings.add(tail);
    }
  }
  for (const pair of pairs(words)) (pair.open ? beginnings : terms).add(pair.text);
  const found = await database.query<{ term: string; beginning: boolean }>(
    `select t.term::text as term, false as beginning from search_term t where t.term = any($1::text[])
     union all
     select v.word, true from unnest($2::text[]) v(word)
     cross join lateral (select 1 from search_term t where t.term >= v.word collate "C" and t.term < (v.word || $3) collate "C" order by t.term limit 1) f`,
    [[...terms], [...beginnings], afterAll],
  );
  return {
    terms: new Set(found.filter(({ beginning }) => !beginning).map(({ term }) => term)),
    beginnings: new Set(found.filter(({ beginning }) => beginning).map(({ term }) => term)),
  };
}

/** Sorts after every continuation of a word: the last code point. */
export const afterAll = "\u{10FFFF}";

/** Whether a variant may stand for the beginning of an open word: not when only the end of what was typed was cut off. */
const opens = (word: QueryWord, variant: string) => word.open && length(variant) >= oneTypoLength && !word.text.startsWith(variant);

function oneEdit(word: QueryWord, variants: readonly string[], known: Known): string[] {
  const found: string[] = [];
  for (const text of variants) {
    if (opens(word, text) && known.beginnings.has(text)) found.push(lexeme({ text, open: true }));
    else if (known.terms.has(text)) found.push(lexeme({ text, open: false }));
    if (found.length >= corrections) return found;
  }
  for (const [head, tail] of splits(word.text)) {
    if (!known.terms.has(head) || !(word.open ? known.beginnings : known.terms).has(tail)) continue;
    found.push(`(${lexeme({ text: head, open: false })} & ${lexeme({ text: tail, open: word.open })})`);
  }
  return found.slice(0, corrections);
}

async function twoEdits(database: Queryable, word: QueryWord): Promise<string[]> {
  const similar = await database.query<{ term: string }>("select term from search_similar($1, $2)", [word.text, similarTerms]);
  return similar
    .filter(({ term }) => distance(word.text, term, 2) <= 2)
    .slice(0, corrections)
    .map(({ term }) => lexeme({ text: term, open: false }));
}

/** A missing space: both halves have a few letters, or everything could be split. */
function splits(word: string): [string, string][] {
  const letters = Array.from(word);
  return letters.slice(3, -2).map((_, at) => [letters.slice(0, at + 3).join(""), letters.slice(at + 3).join("")]);
}

function pairs(words: readonly QueryWord[]): (QueryWord & { at: number })[] {
  return words.slice(0, -1).map((word, at) => ({ text: word.text + (words[at + 1]?.text ?? ""), open: words[at + 1]?.open ?? false, at }));
}

function joinedPairs(words: readonly QueryWord[], known: Known): string[] {
  return pairs(words)
    .filter(({ text, open }) => (open ? known.beginnings : known.terms).has(text))
    .map(({ text, open, at }) => template([...words.slice(0, at), { text, open }, ...words.slice(at + 2)], new Map()));
}

function template(words: readonly QueryWord[], meanings: ReadonlyMap<QueryWord, readonly string[]>): string {
  return words.map((word) => `(${(meanings.get(word) ?? [lexeme(word)]).join(" | ")})`).join(" & ");
}
