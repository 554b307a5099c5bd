/**
 * GET /v1/images/:id?size=: cover art as JPEG in one of five sizes. A size between two is answered with the larger;
 * anything else is refused, so that nobody can make us decode the same image in a thousand ways.
 */
import sharp from "sharp";
import { imageKey } from "../../audio/index.ts";
import type { ObjectStore, StoredObject } from "../../storage/index.ts";
import type { Exchange } from "../http/exchange.ts";
import { later, notFound, Problem } from "../http/problem.ts";
import { parseQuery } from "../http/query.ts";
import { answerBytes } from "./bytes.ts";
import { Busy, ChunkCache } from "./chunk-cache.ts";
import { edgeLimits, imageSizes } from "./limits.ts";
import { Slots } from "./slots.ts";

/** What we decode. SVG is a program, not an image. */
const formats: ReadonlySet<string> = new Set(["jpeg", "png", "webp", "gif"]);

export class Images {
  readonly #objects: ObjectStore;
  readonly #slots = new Slots(edgeLimits.resizes, edgeLimits.resizeQueue);
  readonly #cache: ChunkCache;

  constructor(objects: ObjectStore) {
    this.#objects = objects;
    this.#cache = new ChunkCache({ get: (key) => this.#resized(key) }, edgeLimits.images);
  }

  get bytes(): number {
    return this.#cache.bytes;
  }

  /** Answers `exchange`, whose params name the image. Throws Problem 404, 416, 422 or 503. */
  async answer(exchange: Exchange): Promise<void> {
    const id = exchange.params["id"] ?? "";
    // Ids are hashes: anything else need not be looked up.
    if (!/^[0-9a-f]{64}$/.test(id)) throw notFound();
    const size = parseSize(exchange.search);
    const key = `${id}/${size}`;
    let image;
    try {
      image = this.#cache.held(key) ?? (await this.#cache.get(key));
    } catch (error) {
      if (error instanceof Busy) throw later(503, "OVERLOADED", "Too many images at once.", 1_000);
      throw error;
    }
    if (image === undefined) throw notFound();
    answerBytes(exchange, image, `"${id.slice(0, 32)}-${size}"`);
  }

  async #resized(key: string): Promise<StoredObject | undefined> {
    const [id = "", size] = key.split("/");
    const original = await this.#objects.get(imageKey(id));
    if (original === undefined) return undefined;
    const body = await this.#slots.run(() => resize(original.body, Number(size)));
    return body === undefined ? undefined : { body, size: body.length, contentType: "image/jpeg" };
  }
}

/** The image at most `size` pixels wide and high, or undefined when it is none that we show. */
async function resize(original: Uint8Array, size: number): Promise<Buffer | undefined> {
  try {
    const image = sharp(original, { limitInputPixels: edgeLimits.imagePixels, failOn: "error" });
    const { format } = await image.metadata();
    if (!formats.has(format)) return undefined;
    return await image.rotate().resize(size, size, { fit: "inside", withoutEnlargement: true }).flatten({ background: "#ffffff" }).jpeg({ quality: 82, mozjpeg: false }).toBuffer();
  } catch {
    // Damaged, or too many pixels: to a client, there is no such image.
    return undefined;
  }
}

/** The size to answer with. Throws Problem 422. */
function parseSize(search: string): number {
  const { size, ...others } = parseQuery(search);
  const wanted = size === undefined ? 512 : /^[1-9]\d{0,3}$/.test(size) ? Number(size) : NaN;
  const snapped = imageSizes.find((known) => known >= wanted);
  if (snapped === undefined || Object.keys(others).length > 0) throw new Problem(422, "INVALID_INPUT", `size must be a whole number up to ${imageSizes.at(-1)}, and is the only parameter.`, { details: { sizes: imageSizes } });
  return snapped;
}
