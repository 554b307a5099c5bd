/**
 * POST /v1/admin/tracks: one recording, as multipart/form-data (the first file) or as the body itself with its name in
 * X-File-Name. It is streamed on as it comes, to an ingest node that may be another machine; nothing is kept here.
 * The client's file name is only ever data.
 */
import type { IncomingMessage } from "node:http";
import { basename } from "node:path";
import { Transform, type Readable } from "node:stream";
import { Busboy, type BusboyInstance } from "@fastify/busboy";
import { limits } from "./limits.ts";
import { badRequest, later, Problem, tooLarge } from "./problem.ts";

export interface Upload {
  /** As the client called it: no folders, no control characters, at most 200 characters. */
  readonly name: string;
  /** The file as it arrives. Fails with a Problem when it is empty, too large or cut short. */
  readonly body: Readable;
}

export class Uploads {
  readonly #maxBytes: number;
  #inProgress = 0;

  constructor(maxBytes: number = limits.uploadBytes) {
    this.#maxBytes = maxBytes;
  }

  /** Runs `use` on the file of `request`. Throws Problem 400, 413, 415 or 503, and what `use` throws. */
  async receive<T>(request: IncomingMessage, use: (upload: Upload) => Promise<T>): Promise<T> {
    if (this.#inProgress >= limits.uploads) throw later(503, "OVERLOADED", "Too many uploads at once.", 5_000);
    if (Number(request.headers["content-length"] ?? 0) > this.#maxBytes) throw tooLarge(this.#maxBytes);
    this.#inProgress += 1;
    try {
      const type = request.headers["content-type"] ?? "";
      const { name, body, failed } = /^multipart\/form-data\s*;/i.test(type) ? await this.#multipart(request) : this.#raw(request, type);
      const used = use({ name, body });
      try {
        return await Promise.race([failed, used]);
      } catch (error) {
        // What is wrong with the body is the answer, not what its end did to the one who read it; but he finishes first.
        await used.catch(() => {});
        throw error;
      }
    } finally {
      this.#inProgress -= 1;
    }
  }

  #raw(request: IncomingMessage, type: string): Receiving {
    if (!/^(audio\/[\w.+-]+|application\/(octet-stream|ogg))$/i.test(type)) throw new Problem(415, "UNSUPPORTED_MEDIA_TYPE", "Send the recording as multipart/form-data, or as audio/* or application/octet-stream with its name in X-File-Name.");
    const header = request.headers["x-file-name"];
    if (typeof header !== "string" || header === "") throw badRequest("FILE_NAME_MISSING", "Say the file's name in X-File-Name, percent-encoded.");
    let name: string;
    try {
      name = decodeURIComponent(header);
    } catch {
      throw badRequest("MALFORMED_FILE_NAME", "X-File-Name is not valid percent-encoded UTF-8.");
    }
    return this.#receiving(name, request, request);
  }

  #multipart(request: IncomingMessage): Promise<Receiving> {
    return new Promise((resolve, reject) => {
      let form: BusboyInstance;
      try {
        form = new Busboy({ headers: { ...request.headers, "content-type": request.headers["content-type"] ?? "" }, limits: { files: 1, fields: 16, fieldSize: 4_096, fieldNameSize: 128, parts: 17, headerPairs: 32, fileSize: this.#maxBytes + 1 } });
      } catch {
        reject(badRequest("MALFORMED_FORM", "The form has no boundary."));
        return;
      }
      let file: Receiving | undefined;
      const fail = (problem: Problem) => {
        request.unpipe(form);
        request.resume();
        file?.fail(problem);
        reject(problem);
      };
      form.on("file", (_field: string, stream: Readable, name: string) => {
        file = this.#receiving(name, stream, request);
        resolve(file);
      });
      form.on("error", () => fail(badRequest("MALFORMED_FORM", "The form is not valid.")));
      form.on("finish", () => reject(badRequest("FILE_MISSING", "The form has no file.")));
      request.once("close", () => {
        if (!request.complete) fail(aborted());
      });
      request.pipe(form);
    });
  }

  #receiving(name: string, from: Readable, request: IncomingMessage): Receiving {
    let bytes = 0;
    const maxBytes = this.#maxBytes;
    const { promise: failed, reject } = Promise.withResolvers<never>();
    // It may fail when nobody waits for it any more.
    failed.catch(() => {});
    const body = new Transform({
      transform(part: Buffer, _encoding, done) {
        bytes += part.length;
        if (bytes > maxBytes) fail(tooLarge(maxBytes));
        else done(null, part);
      },
      flush(done) {
        if (bytes === 0) fail(badRequest("EMPTY_FILE", "The file is empty."));
        else done();
      },
    });
    const fail = (problem: Problem) => {
      from.unpipe(body);
      from.resume();
      reject(problem);
      body.destroy(problem);
    };
    body.on("error", (error) => reject(error));
    // The reader went away (it refused the file): the rest of the request is read and dropped.
    body.on("close", () => from.resume());
    from.on("error", () => fail(aborted()));
    request.once("close", () => {
      if (!request.complete) fail(aborted());
    });
    from.pipe(body);
    return { name: cleanName(name), body, failed, fail };
  }
}

interface Receiving extends Upload {
  /** Rejects with what is wrong with the body; never resolves. */
  readonly failed: Promise<never>;
  fail(problem: Problem): void;
}

const aborted = () => badRequest("ABORTED", "The body ended early.");

function cleanName(name: string): string {
  // Folders of either kind, and characters that terminals or logs would act on.
  const last = basename(name.replaceAll("\\", "/")).replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, "").slice(0, 200);
  return last === "" || last === "." || last === ".." ? "upload" : last;
}
