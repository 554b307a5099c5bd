/**
 * Cover art: the embedded picture, else a picture file beside the track, made small, upright and free of metadata.
 * Pictures come from strangers as well: pixels are bounded before decoding, and what cannot be read is no art, not an
 * error. The same picture gives the same bytes and so the same id: an album's cover is stored once.
 */
import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Sharp, SharpOptions } from "sharp";
import type { IngestedImage } from "../catalog/ingested.ts";
import { limits } from "./limits.ts";

export interface Art {
  readonly image: IngestedImage;
  readonly bytes: Uint8Array;
}

/** Best first. */
const coverNames = ["cover", "folder", "front", "albumart", "album"];
const coverFile = /^(cover|folder|front|albumart|album)\.(jpe?g|png|webp)$/i;

/** Art of the track at `path` with the embedded `picture`; null when there is none that can be read. Remembers pictures it has made. */
export class Covers {
  readonly #made = new Map<string, Art | null>();

  async of(path: string | undefined, picture: Uint8Array | undefined): Promise<Art | null> {
    const embedded = picture === undefined || picture.length > limits.artBytes ? null : await this.#normal(picture);
    if (embedded !== null || path === undefined) return embedded;
    for (const file of [...(await covers(dirname(path))), ...(isDiscFolder(dirname(path)) ? await covers(dirname(dirname(path))) : [])]) {
      const art = await this.#normal(await readFile(file).catch(() => new Uint8Array()));
      if (art !== null) return art;
    }
    return null;
  }

  async #normal(bytes: Uint8Array): Promise<Art | null> {
    if (bytes.length === 0) return null;
    const key = createHash("sha256").update(bytes).digest("base64");
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const art = await normalise(bytes);
    // An import meets one album after the other; a few covers are enough to remember.
    if (this.#made.size >= 16) this.#made.delete(this.#made.keys().next().value ?? "");
    this.#made.set(key, art);
    return art;
  }
}

/** JPEG (WebP where there is transparency) of at most limits.artSidePixels, upright, without metadata; null when unreadable or too big. */
export async function normalise(bytes: Uint8Array): Promise<Art | null> {
  const { default: sharp } = await import("sharp");
  const options: SharpOptions = { limitInputPixels: limits.artPixels, failOn: "error", pages: 1 };
  try {
    const upright = sharp(bytes, options).autoOrient().resize({ width: limits.artSidePixels, height: limits.artSidePixels, fit: "inside", withoutEnlargement: true });
    const { data: pixels, info } = await upright.toColourspace("srgb").raw().toBuffer({ resolveWithObject: true });
    const decoded = (): Sharp => sharp(pixels, { raw: { width: info.width, height: info.height, channels: info.channels } });
    const opaque = info.channels !== 4 || (await decoded().stats()).isOpaque;
    const stored = opaque ? await decoded().removeAlpha().jpeg({ quality: 85 }).toBuffer() : await decoded().webp({ quality: 85 }).toBuffer();
    return {
      bytes: stored,
      image: { id: createHash("sha256").update(stored).digest("hex"), contentType: opaque ? "image/jpeg" : "image/webp", width: info.width, height: info.height, color: meanColor(pixels, info.channels) },
    };
  } catch {
    return null;
  }
}

/** Mean of the visible pixels, "#rrggbb". */
function meanColor(pixels: Uint8Array, channels: number): string {
  const sums = [0, 0, 0];
  let weight = 0;
  // Some ten thousand pixels, evenly spread, are as good as a million; an odd stride does not follow the columns.
  const stride = channels * (Math.max(1, Math.floor(pixels.length / channels / 20_000)) | 1);
  for (let at = 0; at < pixels.length; at += stride) {
    const alpha = channels === 4 ? (pixels[at + 3] ?? 0) / 255 : channels === 2 ? (pixels[at + 1] ?? 0) / 255 : 1;
    weight += alpha;
    for (let c = 0; c < 3; c++) sums[c] = (sums[c] ?? 0) + alpha * (pixels[at + (channels < 3 ? 0 : c)] ?? 0);
  }
  return `#${sums.map((sum) => Math.round(weight === 0 ? 0 : sum / weight).toString(16).padStart(2, "0")).join("")}`;
}

const isDiscFolder = (path: string) => /(?:^|\/)(?:cd|dis[ck])[\s._-]*\d{1,2}[^/]*$/i.test(path);

const rank = (name: string) => coverNames.indexOf(name.toLowerCase().replace(/\..*/, ""));

/** Picture files of `folder` that are named like covers, best first. */
async function covers(folder: string): Promise<string[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => coverFile.test(name));
  const paths: string[] = [];
  for (const name of names.toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))) {
    const facts = await stat(join(folder, name)).catch(() => undefined);
    if (facts?.isFile() === true && facts.size <= limits.artBytes) paths.push(join(folder, name));
  }
  return paths;
}
