/** Files that are the same for everybody: the player page and the documentation. Held in memory, packed once. */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { matches } from "../edge/range.ts";
import type { Exchange } from "./exchange.ts";
import type { HeaderList, Headers } from "./headers.ts";
import { notFound, Problem } from "./problem.ts";

export interface StaticFile {
  readonly body: Buffer;
  readonly contentType: string;
  /** Its address changes with its content: a browser need not ask again. */
  readonly immutable: boolean;
}

const pack = promisify(gzip);

export class StaticFiles {
  readonly #files: ReadonlyMap<string, StaticFile>;
  readonly #headers: HeaderList;
  readonly #packed = new Map<string, Promise<Buffer>>();
  readonly #tags = new Map<string, string>();

  /** `headers` go out with every file. */
  constructor(files: ReadonlyMap<string, StaticFile>, headers: HeaderList) {
    this.#files = files;
    this.#headers = headers;
  }

  /** Whether there is a file at `path`. */
  has(path: string): boolean {
    return this.#files.has(path);
  }

  /** Answers with the file at the exchange's path. Throws Problem 404 or 405. */
  async answer(exchange: Exchange): Promise<void> {
    const { method, path, request } = exchange;
    exchange.baseHeaders = this.#headers;
    const file = this.#files.get(path);
    if (file === undefined) throw notFound();
    if (method !== "GET" && method !== "HEAD") throw new Problem(405, "METHOD_NOT_ALLOWED", "Use GET or HEAD.", { headers: { Allow: "GET, HEAD" } });
    const tag = this.#tag(path, file);
    const common: Headers = { ETag: tag, "Cache-Control": file.immutable ? "public, max-age=31536000, immutable" : "no-cache", Vary: "Accept-Encoding" };
    if (matches(request.headers["if-none-match"], tag)) return exchange.empty(304, common);
    const packable = file.body.length > 1_024 && /^(text\/|application\/(javascript|json|wasm)|image\/svg)/.test(file.contentType);
    if (!packable || !/\bgzip\b(?!;q=0\b)/.test(request.headers["accept-encoding"]?.toString() ?? "")) return exchange.send(200, file.contentType, file.body, common);
    let packed = this.#packed.get(path);
    if (packed === undefined) {
      packed = pack(file.body);
      this.#packed.set(path, packed);
    }
    exchange.send(200, file.contentType, await packed, { ...common, "Content-Encoding": "gzip" });
  }

  #tag(path: string, file: StaticFile): string {
    let tag = this.#tags.get(path);
    if (tag === undefined) {
      // Weak: packed and plain answers share it.
      tag = `W/"${createHash("sha256").update(file.body).digest("base64url").slice(0, 22)}"`;
      this.#tags.set(path, tag);
    }
    return tag;
  }
}
