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

export interface DocumentWords {
  /** Distinct words of name and context; also corrections of typos lead to these. */
  readonly terms: readonly string[];
  /** What the posting lists are for: terms, and "~" with the first one and two letters of each. */
  readonly lexemes: readonly string[];
}

export function documentWordsOf(document: Pick<SearchDocument, "name" | "context">): DocumentWords {
  const terms = new Set<string>();
  for (const text of [document.name, document.context]) {
    for (const word of [...wordsOf(fold(text)).slice(0, documentWords), ...joined(text).slice(0, documentWords).map(cut)]) {
      terms.add(word);
      if (unspaced.test(word)) for (const inner of beginningsInside(word)) terms.add(inner);
    }
  }
  const lexemes = new Set(terms);
  for (const term of terms) {
    const [first, second] = term;
    if (first === undefined) continue;
    lexemes.add(`~${first}`);
    if (second !== undefined) lexemes.add(`~${first}${second}`);
  }
  return { terms: [...terms], lexemes: [...lexemes] };
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

/** One word of a tsquery template; a short open word by its letters, a longer one as a prefix. */
export function lexeme({ text, open }: QueryWord): string {
  if (!open) return quoted(text, "");
  return Array.from(text).length <= 2 ? quoted(`~${text}`, "") : quoted(text, ":*");
}
