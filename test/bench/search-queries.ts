/** What people type, by class: sampled from the names of a catalogue. Seeded. */
import type { SearchDocument } from "../../storage/index.ts";
import { fold } from "../../storage/index.ts";
import { commonWords, pick, type Random } from "./catalogue.ts";

const perClass = 300;
const letters = Array.from("abcdefghijklmnopqrstuvwxyz");
const signs = ["%", "_", "%%%", "a%", "_a", "' or 1=1 --", "\\", "love:*", "!love", "(love", "love & | night", "*", "\u0000", "🎵"];

/** `perClass` queries, of which `make` may refuse some. */
function some(make: () => string | undefined): string[] {
  const made: string[] = [];
  for (let tries = 0; made.length < perClass && tries < perClass * 50; tries++) {
    const query = make();
    if (query !== undefined && query !== "") made.push(query);
  }
  return made;
}

const wordsOf = (name: string) => name.split(/[^\p{L}\p{M}\p{N}']+/u).filter((word) => word !== "");

/** A letter missing, too many, wrong, or two swapped; anywhere, the first one included. */
function typo(random: Random, word: string): string {
  const at = Math.floor(random() * word.length);
  const kind = random();
  if (kind < 0.25) return word.slice(0, at) + word.slice(at + 1);
  if (kind < 0.5) return word.slice(0, at) + pick(random, letters) + word.slice(at);
  if (kind < 0.75) return word.slice(0, at) + pick(random, letters) + word.slice(at + 1);
  return at + 1 < word.length ? word.slice(0, at) + word.charAt(at + 1) + word.charAt(at) + word.slice(at + 2) : word.slice(0, -1);
}

/** Queries of each class. */
export function queries(sample: readonly SearchDocument[], random: Random): Record<string, string[]> {
  const named = sample.filter(({ type }) => type !== "genre");
  const name = () => pick(random, named).name;
  const longWord = (length: number) => wordsOf(name()).find((word) => fold(word).length >= length);
  return {
    "1 to 3 letters": some(() => name().slice(0, 1 + Math.floor(random() * 3))),
    "every 1 and 2 letters": [...letters, ...Array.from({ length: perClass - letters.length }, () => pick(random, letters) + pick(random, letters))],
    "as typed, 4 letters and more": some(() => {
      const whole = name();
      return whole.length < 4 ? undefined : whole.slice(0, 4 + Math.floor(random() * (whole.length - 3)));
    }),
    "whole names": some(name),
    "common words": some(() => pick(random, [...commonWords, "the", "of", "feat", "live", "remastered", "karaoke", "intro", "version", "2011"])),
    "two common words": some(() => `${pick(random, [...commonWords, "the", "my", "you"])} ${pick(random, [...commonWords, "remastered", "karaoke", "live", "feat"])}`),
    "word and first letter of the next": some(() => `${pick(random, wordsOf(name()))} ${pick(random, letters)}`),
    "the and letters": some(() => `the ${pick(random, letters)}${random() < 0.5 ? pick(random, letters) : ""}`),
    "title word and artist": some(() => {
      const document = pick(random, named);
      const context = document.context.split(" ");
      return document.context === "" ? undefined : `${pick(random, wordsOf(document.name))} ${pick(random, context)}`;
    }),
    "one typo": some(() => {
      const word = longWord(5);
      return word === undefined ? undefined : typo(random, fold(word));
    }),
    "two typos": some(() => {
      const word = longWord(8);
      return word === undefined ? undefined : typo(random, typo(random, fold(word)));
    }),
    "whole names with a typo": some(() => typo(random, fold(name()))),
    "without diacritics": some(() => {
      const whole = name();
      return fold(whole) === whole.toLowerCase() ? undefined : fold(whole);
    }),
    misses: some(() => Array.from({ length: 4 + Math.floor(random() * 9) }, () => pick(random, letters)).join("")),
    "200 characters": some(() => Array.from({ length: 50 }, () => pick(random, [...commonWords, "the", "of"])).join(" ").slice(0, 200)),
    "signs and wildcards": some(() => pick(random, signs)),
  };
}
