/**
 * A generated catalogue for benches: names that behave like real ones. Seeded, so every run asks the same.
 *
 * Title words follow Zipf's law over a long tail, with the glue of real titles ("the", "of", "feat.", "Remastered"), names
 * carry diacritics in the share European catalogues have, popularity is Pareto. Two hot spots that real catalogues have and
 * uniform noise has not: thousands of tracks of the same name ("Intro"), and words that only unpopular tracks carry ("Karaoke").
 */
import type { SearchDocument } from "../../storage/index.ts";

export type Random = () => number;

/** mulberry32: small, fast, good enough for names. Numbers in [0, 1). */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;

export const commonWords =
  "love night heart time day baby world life dream light home girl fire rain blue eyes man sun song dance away way soul moon river road summer black white little gone good high star sky water never over again down long lost wild dark sweet angel city boy street young free crazy red golden last stay wind broken tears hold run sea morning christmas party king queen devil house come back feel alone forever tonight better one more without take shine fall winter ghost train money lonely hands ocean mother country beautiful electric silver diamond paradise memory mountain garden shadow thunder secret stranger mirror storm whiskey freedom revolution yesterday tomorrow sunday saturday midnight".split(
    " ",
  );
const glue = ["the", "of", "in", "my", "you", "me", "to", "and", "i", "a", "on", "for", "your", "is", "it", "be", "we", "with", "don't", "no"];
const firstNames = "John Paul George Ringo Anna Maria José André Björk Chloé Søren Zoë Renée Łukasz Jiří François Ángel Émilie Håkan Núria Miles Nina Ella Louis Duke Billie Aretha Marvin Stevie Otis Johnny June Willie Dolly Hank Patsy Bob Joni Neil Carole James Kate David Lou Iggy Patti Debbie Freddie Brian Roger Jimmy Robert Janis Jimi Jim Ray Grace Carlos Santiago Lucía Sofía Mateo Beyoncé Róisín Siobhán Çelik Gökhan İbrahim Olga Dmitri Иван Наталья".split(" ");

const onsets = "b br bl c ch cl cr d dr f fl fr g gl gr h j k kl l m n p pl pr qu r s sc sh sl sn sp st str sw t th tr v w z".split(" ");
const vowels = "a e i o u ai ea ee ie oa oo ou y".split(" ");
const codas = ["", "", "", "n", "r", "l", "s", "t", "m", "nd", "st", "rk", "ng", "ck", "x", "th"];
const accents: Readonly<Record<string, string>> = { a: "á", e: "é", i: "í", o: "ö", u: "ü", n: "ñ", c: "ç", s: "š" };

function coined(random: Random): string {
  const syllables = 1 + Math.floor(random() * 2.6);
  let word = "";
  for (let at = 0; at < syllables; at++) word += pick(random, onsets) + pick(random, vowels) + (at === syllables - 1 || random() < 0.3 ? pick(random, codas) : "");
  return random() < 0.12 ? word.replace(/[aeiouncs]/, (letter) => accents[letter] ?? letter) : word;
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

/** Rank by Zipf's law with exponent 1: the inverse of its distribution over `ranks` ranks. */
const zipf = (random: Random, ranks: number) => Math.min(ranks - 1, Math.floor(Math.exp(random() * Math.log(ranks + 1)) - 1));

/** Documents of a catalogue of `tracks` tracks: tracks, an album for 10 and an artist for 12 of them, 200 genres. */
export function* catalogue(tracks: number, seed = 1): Generator<SearchDocument> {
  const random = seeded(seed);
  const words = [...commonWords];
  const tail = 20_000 + Math.floor(tracks / 12);
  while (words.length < tail) words.push(coined(random));
  const surnames = Array.from({ length: 5_000 + Math.floor(tracks / 100) }, () => capital(coined(random)));
  const word = () => (random() < 0.22 ? pick(random, glue) : (words[zipf(random, words.length)] ?? "love"));
  const phrase = (least: number, most: number) => Array.from({ length: least + Math.floor(random() * (most - least + 1)) }, word).map(capital).join(" ");
  const popularity = () => Math.floor(random() ** -1.1);

  const artists: string[] = [];
  for (let at = 0; at < Math.ceil(tracks / 12); at++) {
    const kind = random();
    const name = kind < 0.5 ? `${pick(random, firstNames)} ${pick(random, surnames)}` : kind < 0.7 ? `The ${phrase(1, 2)}s` : kind < 0.75 ? `DJ ${capital(coined(random))}` : phrase(1, 3);
    artists.push(name);
    yield { id: `artist-${at}`, type: "artist", name, context: "", popularity: popularity() };
  }
  for (let at = 0; at < 200; at++) yield { id: `genre-${at}`, type: "genre", name: `${capital(words[at] ?? "love")} ${pick(random, ["rock", "pop", "jazz", "house", "folk", "metal"])}`, context: "", popularity: popularity() };

  for (let album = 0, track = 0; track < tracks; album++) {
    const artist = artists[zipf(random, artists.length)] ?? "Various Artists";
    const title = random() < 0.03 ? `Greatest Hits of ${artist}` : phrase(1, 4);
    yield { id: `album-${album}`, type: "album", name: title, context: artist, popularity: popularity() };
    for (let number = 0; number < 10 && track < tracks; number++, track++) {
      const extra = random();
      const name =
        extra < 0.005 ? pick(random, ["Intro", "Outro", "Interlude"])
        : phrase(1, 5) + (extra < 0.08 ? ` (feat. ${pick(random, artists)})` : extra < 0.13 ? " - Remastered 2011" : extra < 0.17 ? " - Live" : extra > 0.98 ? " (Karaoke Version)" : "");
      yield { id: `track-${track}`, type: "track", name, context: `${artist} ${title}`, popularity: extra > 0.98 ? 0 : popularity() };
    }
  }
}
