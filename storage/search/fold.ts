/**
 * Folding: one spelling for everything a person may type for the same name.
 *
 * Search documents, search queries and the catalogue's name keys all go through `fold`, so that "Motley Crue" finds
 * "Mötley Crüe", "pink" finds "P!nk", and two imports of the same artist meet. Pure; nothing here knows a server.
 *
 * The result is Unicode NFKD, lower case, words separated by single spaces. Marks of Latin, Greek, Cyrillic, Arabic and
 * Hebrew are dropped; marks of other scripts carry vowels or consonants (Devanagari, Thai, Japanese voicing) and
 * stay. Hangul stays decomposed: each keystroke is then a prefix of the syllable it becomes.
 */

/** Letters that NFKD leaves whole although people type them with plain ones. */
const spellings: Readonly<Record<string, string>> = {
  ß: "ss", ø: "o", æ: "ae", œ: "oe", ł: "l", đ: "d", ð: "d", þ: "th", ı: "i", ħ: "h", ŧ: "t", ŋ: "n", ĸ: "k", ə: "e", ɖ: "d", ƒ: "f", ς: "σ",
};
const spelled = new RegExp(`[${Object.keys(spellings).join("")}]`, "gu");

/** Marks people leave out when they type, and the Arabic filler. */
const dropped = new RegExp(
  `[${["0300-036f", "0483-0487", "0591-05c7", "0610-061a", "0640", "064b-065f", "0670", "06d6-06dc", "06df-06e8", "06ea-06ed", "1ab0-1aff", "1dc0-1dff", "20d0-20ff", "fe20-fe2f"]
    .map((range) => range.replace(/[^-]+/g, "\\u$&"))
    .join("")}]`,
  "gu",
);
/** Joiners, soft hyphens, direction marks: invisible, so nobody types them. */
const invisible = /[\p{Cf}\ufe00-\ufe0f]/gu;
/** "don't" is one word; the modifier letters and primes are apostrophes by another keyboard. */
const apostrophes = /['\u2018\u2019\u201b\u02b9-\u02bf\u2032\u0060\u00b4\uff07]/gu;
/** The dots of "R.E.M.": between, or after, single letters. */
const initials = /(?<![\p{L}\p{N}\p{M}])(?:\p{L}\.){2,}(?:\p{L}(?![\p{L}\p{N}\p{M}]))?|(?<![\p{L}\p{N}\p{M}])\p{L}\.\p{L}(?![\p{L}\p{N}\p{M}])/gu;
const separators = /[^\p{L}\p{N}\p{M}]+/gu;
const leadingMarks = /(?<= |^)\p{M}+/gu;

/** NFKD, lower case, without what people leave out; punctuation still in place. */
function plain(text: string): string {
  return text
    .toWellFormed()
    .normalize("NFKD")
    .toLowerCase()
    .normalize("NFKD")
    .replace(spelled, (letter) => spellings[letter] ?? letter)
    .replace(invisible, "")
    .replace(apostrophes, "")
    .replace(dropped, "")
    .replace(initials, (letters) => letters.replaceAll(".", ""))
    // "P!nk", "A$AP", "Ke$ha": signs that stand for a letter stand between letters.
    .replace(/(?<=\p{L})!(?=\p{L})/gu, "i")
    .replace(/(?<=\p{L})\$(?=\p{L})|(?<![\p{L}\p{N}])\$(?=\p{L})/gu, "s")
    // "Simon & Garfunkel", "Florence + the Machine".
    .replace(/&|(?<=\s)\+(?=\s)/gu, " and ");
}

const spaced = (text: string) => text.replace(separators, " ").replace(leadingMarks, "").replace(/ {2,}/g, " ").trim();

/**
 * The folded form of a name or query: words of letters, digits and marks with one space between.
 * A name of signs only ("!!!", "÷") keeps its signs, without spaces, marks and control characters; only a text of nothing
 * visible folds to "". `fold(fold(x)) === fold(x)` for every string.
 */
export function fold(text: string): string {
  const words = spaced(plain(text));
  return words === "" ? text.toWellFormed().normalize("NFKD").toLowerCase().normalize("NFKD").replace(/[\p{C}\p{M}\p{Z}\s]+/gu, "") : words;
}

/**
 * What punctuation pulled apart, written together: "AC/DC" gives ["acdc"], "Jay-Z & Hip-Hop" gives ["jayz", "hiphop"].
 * People type both forms; the index knows a name under both.
 */
export function joined(text: string): string[] {
  return plain(text)
    .split(/\s+/u)
    .map((part) => spaced(part))
    .filter((part) => part.includes(" "))
    .map((part) => part.replaceAll(" ", ""));
}
