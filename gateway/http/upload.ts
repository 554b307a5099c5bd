/**
 * POST /v1/admin/tracks: one recording, as multipart/form-data (the first file) or as the body itself with its name in
 * X-File-Name. It is written to DATA_DIR/uploads under a name we make, handed to ingest, and removed afterwards,
 * whatever happens. The client's file name is only ever data.
 */
import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { basename, join } from "node:path";
import { Transform, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Busboy, type BusboyInstance } from "@fastify/busboy";
import { limits } from "./limits.ts";
import { badRequest, later, Problem, tooLarge } from "./problem.ts";

export interface Upload {
  readonly path: string;
  /** As the client called it: no folders, no control characters, at most 200 characters. */
  readonly name: string;
}

export class Uploads {
  readonly #folder: string;
  readonly #maxBytes: number;
  #inProgress = 0;

  constructor(dataDir: string, maxBytes: number = limits.uploadBytes) {
    this.#folder = join(dataDir, "uploads");
    this.#maxBytes = maxBytes;
  }

  /** Receives the file of `request` and runs `use` on it. Throws Problem 400, 413, 415 or 503, and what `use` throws. */
  async receive<T>(request: IncomingMessage, use: (upload: Upload) => Promise<T>): Promise<T> {
    if (this.#inProgress >= limits.uploads) throw later(503, "OVERLOADED", "Too many uploads at once.", 5_000);
    if (Number(request.headers["content-length"] ?? 0) > this.#maxBytes) throw tooLarge(this.#maxBytes);
    this.#inProgress += 1;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const path = join(this.#folder, randomUUID());
    try {
      const type = request.headers["content-type"] ?? "";
      const name = /^multipart\/form-data\s*;/i.test(type) ? await this.#multipart(request, path) : await this.#raw(request, type, path);
      return await use({ path, name });
    } finally {
      this.#inProgress -= 1;
      await rm(path, { force: true });
    }
  }

  async #raw(request: IncomingMessage, type: string, path: string): Promise<string> {
    if (!/^(audio\/[\w.+-]+|application\/(octet-stream|ogg))$/i.test(type)) throw new Problem(415, "UNSUPPORTED_MEDIA_TYPE", "Send the recording as multipart/form-data, or as audio/* or application/octet-stream with its name in X-File-Name.");
    const header = request.headers["x-file-name"];
    if (typeof header !== "string" || header === "") throw badRequest("FILE_NAME_MISSING", "Say the file's name in X-File-Name, percent-encoded.");
    let name: string;
    try {
      name = decodeURIComponent(header);
    } catch {
      throw badRequest("MALFORMED_FILE_NAME", "X-File-Name is not valid percent-encoded UTF-8.");
    }
    await this.#write(request, path);
    return cleanName(name);
  }

  #multipart(request: IncomingMessage, path: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let written: Promise<string> | undefined;
      let form: BusboyInstance;
      try {
        form = new Busboy({ headers: { ...request.headers, "content-type": request.headers["content-type"] ?? "" }, limits: { files: 1, fields: 16, fieldSize: 4_096, fieldNameSize: 128, parts: 17, headerPairs: 32, fileSize: this.#maxBytes + 1 } });
      } catch {
        reject(badRequest("MALFORMED_FORM", "The form has no boundary."));
        return;
      }
      const fail = (error: unknown) => {
        request.unpipe(form);
        request.resume();
        reject(error instanceof Problem ? error : badRequest("MALFORMED_FORM", "The form is not valid."));
      };
      form.on("file", (_field: string, file: Readable, name: string) => {
        written = this.#write(file, path).then(() => cleanName(name));
        written.catch(fail);
      });
      form.on("error", fail);
      form.on("finish", () => {
        if (written === undefined) reject(badRequest("FILE_MISSING", "The form has no file."));
        else written.then(resolve, fail);
      });
      request.once("close", () => {
        if (!request.complete) fail(badRequest("ABORTED", "The body ended early."));
      });
      request.pipe(form);
    });
  }

  async #write(from: Readable, path: string): Promise<void> {
    let bytes = 0;
    const maxBytes = this.#maxBytes;
    const bound = new Transform({
      transform(part: Buffer, _encoding, done) {
        bytes += part.length;
        if (bytes > maxBytes) done(tooLarge(maxBytes));
        else done(null, part);
      },
    });
    await pipeline(from, bound, createWriteStream(path, { flags: "wx", mode: 0o600 }));
    if (bytes === 0) throw badRequest("EMPTY_FILE", "The file is empty.");
  }
}

function cleanName(name: string): string {
  // Folders of either kind, and characters that terminals or logs would act on.
  const last = basename(name.replaceAll("\\", "/")).replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, "").slice(0, 200);
  return last === "" || last === "." || last === ".." ? "upload" : last;
}
