/** Why a file could not be imported. `code` is stable: it is stored with the job, shown to operators and switched on by clients. */

import { isNativeError } from "node:util/types";

export type IngestCode =
  | "UNREADABLE" // the file or folder cannot be opened
  | "NOT_AUDIO" // recognised as something else: a picture, a film, a text
  | "UNDECODABLE" // looks like audio, but ffmpeg gets no sound out of it
  | "EMPTY" // decodes to no samples at all
  | "TRUNCATED" // ends more than a second before it says it does
  | "CORRUPT" // decodes, but too damaged, or not to what its checksum promises
  | "TOO_LONG" // longer than limits.trackMs
  | "TOO_LARGE" // bigger than limits.fileBytes
  | "LIMIT" // ffmpeg was stopped for taking too much time or memory
  | "CHANGED" // the file changed while it was being read
  | "NO_FFMPEG" // there is no usable ffmpeg
  | "STORAGE" // the database, the object store or the catalog does not answer
  | "STOPPED" // the job was stopped before this track was done
  | "INTERNAL"; // a defect of ours

export class IngestError extends Error {
  override readonly name = "IngestError";
  readonly code: IngestCode;

  constructor(code: IngestCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** What says that a store, or the catalog in front of it, does not answer: by name, because it may come from another node or thread. */
const unavailable: ReadonlySet<string> = new Set(["StorageUnavailable", "RequestTimeoutError", "RequestRejectedError", "ServiceNotFoundError", "ServiceNotAvailableError", "BrokerDisconnectedError", "QueueIsFullError"]);

/** Any thrown value as an IngestError: what operating system calls say is UNREADABLE, the rest is a defect. */
export function ingestErrorFrom(error: unknown): IngestError {
  if (error instanceof IngestError) return error;
  // Not instanceof: errors of Node's own may come from another realm (tests run in one).
  if (isNativeError(error)) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== undefined && ["ENOENT", "EACCES", "EPERM", "EISDIR", "EIO", "ELOOP", "ENOTDIR", "ENAMETOOLONG"].includes(code)) {
      return new IngestError("UNREADABLE", `The file cannot be read (${code}).`);
    }
    if (unavailable.has(error.name)) return new IngestError("STORAGE", error.message);
    return new IngestError("INTERNAL", error.message);
  }
  return new IngestError("INTERNAL", String(error));
}
