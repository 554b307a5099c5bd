/** Words: what of a document, and of a query, is looked up. Pure; used by the PostgreSQL adapter. */
import type { SearchDocument } from "../ports.ts";
import { fold, joined } from "./fold.ts";
import { documentWords, foldedLength, innerBeginnings, queryWords, wordLength } from "./limits.ts";

/** Scripts written without spaces between words. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
/** Scripts whose words grow particles, so that people type the beginning of a word for the word. */
const growing = /[\p{Script=Hangul}]/u;

const cut = (word: string) => (word.length <= wordLength ? word : Array.from(word).slice(0, wordLength).join(""));
const wordsOf = (folded: string) => (folded === "" ? [] : folded.split(" ").map(cut));

/** The folded name as the index keeps it. */
export function foldedName(name: string): string {
  const folded = fold(name);
  return folded.length <= foldedLength ? folded : Array.from(folded).slice(0, foldedLength).join("").trim();
}

/** The distinct words of name and context that find a document; corrections of typos lead to these, too. */
export function documentTerms(document: Pick<SearchDocument, "name" | "context">): string[] {
  const terms = new Set<string>();
  for (const text of [document.name, document.context]) {
    for (const word of [...wordsOf(fold(text)).slice(0, documentWords), ...joined(text).slice(0, documentWords).map(cut)]) {
      terms.add(word);
      if (unspaced.test(word)) for (const inner of beginningsInside(word)) terms.add(inner);
    }
  }
  return [...terms];
}

/** A word of an unspaced script is found from each of its characters on. */
function beginningsInside(word: string): string[] {
  const letters = Array.from(word);
  return letters
    .map((letter, at) => ({ letter, rest: letters.slice(at).join("") }))
    .slice(1, innerBeginnings)
    .filter(({ letter }) => !/\p{M}/u.test(letter))
    .map(({ rest }) => rest);
}

export interface QueryWord {
  readonly text: string;
  /** The word may go on: the last one, and any of a script where words do. */
  readonly open: boolean;
}

/** The words of a folded query, in order. */
export function queryWordsOf(folded: string): QueryWord[] {
  const words = wordsOf(folded).slice(0, queryWords);
  return words.map((text, at) => ({ text, open: at === words.length - 1 || unspaced.test(text) || growing.test(text) }));
}

/** Where type and tier go in a template; fold() leaves no control character in any word. */
const place = "\u0001";

/** Quotes and backslashes are the only characters that mean something in quotes. */
const quoted = (word: string, suffix: string) => `'${place}${word.replaceAll("\\", "\\\\").replaceAll("'", "''")}'${suffix}`;

/** Letters of a beginning that the index has as a word of its own, "~" in front (search_lexemes in 0003_search.sql). */
const beginningLength = 8;

/** One word of a tsquery template. */
export function lexeme({ text, open }: QueryWord): string {
  if (!open) return quoted(text, "");
  return Array.from(text).length <= beginningLength ? quoted(`~${text}`, "") : quoted(text, ":*");
}
