/** Every bound of search, with its unit and reason. */

/** Longest query and longest name that count, in characters of the folded form; the rest is ignored. */
export const foldedLength = 200;
/** Words of a query that must match. More only narrow what is already one document. */
export const queryWords = 10;
/** Words of a document's name, and of its context, that find it. */
export const documentWords = 48;
/** Characters of one word in the index. */
export const wordLength = 40;
/** Beginnings inside a word of a script without spaces that find it. */
export const innerBeginnings = 24;
/** Hits of one type in one answer. */
export const hitsPerType = 200;
/** Documents of one type and tier that are looked at for their popularity; the cost of one query is a multiple of this. */
export const candidates = 2_000;
/** With fewer hits of a type than this, typos are considered. */
export const enoughHits = 5;
/** Shortest word with one typo, and with two: below, most words of the language are one typo apart. */
export const oneTypoLength = 4;
export const twoTyposLength = 7;
/** Words of a query that are corrected, longest first. */
export const correctedWords = 4;
/** Longest query, in words, of which known words are doubted, too. */
export const reconsideredWords = 4;
/** Corrections of one word that are looked for in documents. */
export const corrections = 32;
/** Terms that the trigram index may offer for a word with two typos. */
export const similarTerms = 200;
/** Documents written by one statement. */
export const putBatch = 2_000;
/** A search that takes longer is given up: the listener has typed on. */
export const searchMs = 2_000;
/** Maintenance (moving documents between tiers) may take this long. */
export const maintenanceMs = 25_000;
