/**
 * Whose album a track is on when no tag says so: decided by the other files of its folder. An album whose tracks have
 * one main artist in common is that artist's; one without a majority is "Various Artists". Deciding per file would
 * tear a compilation into one album per track.
 */
import { readdir } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { cleanTags, readTags, variousArtists, type Tags } from "./tags.ts";

/** Files of a folder that are looked at; a bigger folder is a heap, not an album. */
const siblingsRead = 200;
const mayBeAudio = /\.(mp3|flac|og[ga]|opus|m4a|mp4|wav|aiff?|wma|wv|ape|aac)$/i;

/** Remembers the folder it saw last: files of one folder follow each other in an import. */
export class AlbumArtists {
  #folder = "";
  #albums: Promise<Map<string, Map<string, number>>> = Promise.resolve(new Map());

  /** The album artist for a file with `tags` at `path` below the imported folder `root` (absolute, both). */
  async of(tags: Tags, path: string, root: string): Promise<string> {
    if (tags.albumArtist !== undefined) return tags.albumArtist;
    const folder = dirname(path);
    if (folder !== this.#folder) {
      this.#folder = folder;
      this.#albums = mainArtists(folder, root);
    }
    return majority((await this.#albums).get(tags.album.toLowerCase())) ?? tags.artists[0] ?? variousArtists;
  }
}

/** The main artist that more than half of the tracks share, "Various Artists" when there is none; undefined for no tracks. */
export function majority(counts: ReadonlyMap<string, number> | undefined): string | undefined {
  if (counts === undefined || counts.size === 0) return undefined;
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const [name, most] = [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best));
  return most * 2 > total ? name : variousArtists;
}

/** Main artists of the untitled albums of `folder`: album -> artist -> tracks. */
async function mainArtists(folder: string, root: string): Promise<Map<string, Map<string, number>>> {
  const albums = new Map<string, Map<string, number>>();
  const names = (await readdir(folder).catch(() => [])).filter((name) => mayBeAudio.test(name)).toSorted().slice(0, siblingsRead);
  for (const name of names) {
    const path = join(folder, name);
    const tags = cleanTags((await readTags(path, { pictures: false })).raw, relative(root, path), "");
    if (tags.albumArtist !== undefined) continue;
    const artists = albums.get(tags.album.toLowerCase()) ?? new Map<string, number>();
    albums.set(tags.album.toLowerCase(), artists);
    const main = tags.artists[0] ?? "";
    artists.set(main, (artists.get(main) ?? 0) + 1);
  }
  return albums;
}
