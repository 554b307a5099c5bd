/**
 * An uploaded file on its way through this node: written to DATA_DIR/uploads under a name of ours, used, removed. It comes
 * as a stream, because the gateway that received it may be another machine.
 */
import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Transform, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { isNativeError } from "node:util/types";
import { InvalidInput } from "../errors.ts";
import { IngestError } from "./errors.ts";
import { limits } from "./limits.ts";

export function isReadable(stream: unknown): stream is Readable {
  return typeof stream === "object" && stream !== null && "pipe" in stream && typeof stream.pipe === "function";
}

/** No upload takes longer; what is older was left by a process that was killed. */
const leftOverMs = 24 * 60 * 60 * 1000;

/** Removes files that killed processes left. Another node may share the folder: what may be on its way stays. */
export async function sweepReceived(dataDir: string): Promise<void> {
  const folder = join(dataDir, "uploads");
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const facts = await stat(path).catch(() => undefined);
    if (facts !== undefined && Date.now() - facts.mtimeMs > leftOverMs) await rm(path, { force: true });
  }
}

/** Runs `use` on the received file. Throws InvalidInput when it is empty, too large or was cut short, and what `use` throws. */
export async function withReceived<T>(dataDir: string, stream: Readable, use: (path: string) => Promise<T>): Promise<T> {
  const folder = join(dataDir, "uploads");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, randomUUID());
  try {
    let bytes = 0;
    const bound = new Transform({
      transform(part: Buffer, _encoding, done) {
        bytes += part.length;
        if (bytes > limits.uploadBytes) done(new InvalidInput("The file is too large.", { maxBytes: limits.uploadBytes }));
        else done(null, part);
      },
    });
    try {
      await pipeline(stream, bound, createWriteStream(path, { flags: "wx", mode: 0o600 }));
    } catch (error) {
      if (error instanceof InvalidInput) throw error;
      // A full disk is no fault of the sender's.
      if (isNativeError(error) && ["open", "write"].includes(String((error as NodeJS.ErrnoException).syscall))) throw new IngestError("STORAGE", `The file could not be written: ${error.message}`);
      throw new InvalidInput("The file did not arrive whole.");
    }
    if (bytes === 0) throw new InvalidInput("The file is empty.");
    return await use(path);
  } finally {
    await rm(path, { force: true });
  }
}
