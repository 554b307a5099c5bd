/**
 * The ObjectStore port on files: key "audio/t1/96/0.ogg" is the file of that path in the store's folder.
 *
 * An object is written to a hidden file beside its place, synced, linked under its name and the folder synced: after a
 * crash it is there whole or not at all, and a link never replaces what is there. Its content type follows from its
 * suffix; for any other it lies in a hidden file beside it. Keys never start a segment with "." (checks.ts), so hidden
 * files cannot meet objects.
 */
import { randomBytes } from "node:crypto";
import { closeSync, constants, fstatSync, open as openDescriptor, read, type Dirent } from "node:fs";
import { access, link, mkdir, open, readFile, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { promisify } from "node:util";
import { checkObject, checkObjectKey, checkObjectPrefix, checkRange, typesBySuffix } from "../checks.ts";
import { InvalidKey, ObjectConflict, StorageUnavailable } from "../errors.ts";
import type { ObjectStore, StoredObject } from "../ports.ts";

/** Opens (and makes) the store in `folder`. Throws StorageUnavailable when it cannot be written. */
export async function openFiles(folder: string): Promise<ObjectStore> {
  const store = new FileStore(folder);
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw translate(error);
  }
  await store.ping();
  return store;
}

class FileStore implements ObjectStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async put(key: string, body: Uint8Array, contentType: string): Promise<void> {
    const path = this.#path(key);
    checkObject(key, body, contentType);
    try {
      if (await exists(path)) return await sameBytes(path, key, body);
      await this.ping();
      await makeFolder(dirname(path), this.#folder);
      // The type first: an object is never visible without it.
      if (typesBySuffix[extname(path)] === undefined) await place(typePath(path), Buffer.from(contentType));
      if (!(await place(path, body))) return await sameBytes(path, key, body);
    } catch (error) {
      throw translate(error, key);
    }
  }

  async get(key: string, range?: { start: number; end: number }, allocate: (bytes: number) => Buffer = ownMemory): Promise<StoredObject | undefined> {
    const path = this.#path(key);
    if (range !== undefined) checkRange(range);
    let file: number | undefined;
    try {
      file = await openFile(path, "r");
      // Of a file that is open, state and close are the kernel's memory alone. So a chunk is two ways to the thread pool and back, not five: each
      // wakes a thread, which takes the core from the loop that serves everybody.
      const status = fstatSync(file);
      if (!status.isFile()) return undefined;
      const start = Math.min(range?.start ?? 0, status.size);
      const body = await readFully(file, start, Math.min(range?.end ?? status.size, status.size) - start, allocate);
      return { body, size: status.size, contentType: await typeOf(path) };
    } catch (error) {
      if (isAbsent(error)) return await this.#absent();
      throw translate(error, key);
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }

  async size(key: string): Promise<number | undefined> {
    const path = this.#path(key);
    try {
      const status = await stat(path);
      return status.isFile() ? status.size : undefined;
    } catch (error) {
      if (isAbsent(error)) return await this.#absent();
      throw translate(error, key);
    }
  }

  async *list(prefix: string): AsyncIterable<string> {
    checkObjectPrefix(prefix);
    await this.ping();
    const slash = prefix.lastIndexOf("/");
    yield* this.#walk(prefix.slice(0, slash + 1), prefix.slice(slash + 1));
  }

  async deletePrefix(prefix: string): Promise<void> {
    checkObjectPrefix(prefix);
    await this.ping();
    const slash = prefix.lastIndexOf("/");
    const folder = join(this.#folder, prefix.slice(0, slash + 1));
    const start = prefix.slice(slash + 1);
    try {
      for (const entry of await entries(folder)) {
        const name = entry.name.startsWith(".type.") ? entry.name.slice(".type.".length) : entry.name;
        if (!name.startsWith(start) || name.startsWith(".")) continue;
        await rm(join(folder, entry.name), { recursive: true, force: true });
      }
      // Empty folders up to the store's own; one that someone fills meanwhile stays.
      for (let empty = folder; empty.length > this.#folder.length + 1; empty = dirname(empty)) await rmdir(empty);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOTEMPTY" && !isAbsent(error)) throw translate(error, prefix);
    }
  }

  async ping(): Promise<void> {
    try {
      await access(this.#folder, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch (error) {
      throw translate(error);
    }
  }

  async close(): Promise<void> {}

  /** No such file: no such object, unless the whole store is missing. */
  async #absent(): Promise<undefined> {
    await this.ping();
  }

  #path(key: string): string {
    return join(this.#folder, checkObjectKey(key));
  }

  /** Keys below `folder` ("" or ending in "/") whose first name starts with `start`, in byte order of the whole key. */
  async *#walk(folder: string, start: string): AsyncGenerator<string> {
    let found: Dirent[];
    try {
      found = await entries(join(this.#folder, folder));
    } catch (error) {
      throw translate(error, folder);
    }
    const names = found
      .filter((entry) => !entry.name.startsWith(".") && entry.name.startsWith(start))
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
      .toSorted((a, b) => (a < b ? -1 : 1));
    for (const name of names) {
      if (name.endsWith("/")) yield* this.#walk(folder + name, "");
      else yield folder + name;
    }
  }
}

/** Makes `body` the file at `path`, durably; false when there is one already. */
async function place(path: string, body: Uint8Array): Promise<boolean> {
  const folder = dirname(path);
  const draft = join(folder, `.draft.${randomBytes(9).toString("base64url")}`);
  try {
    const file = await open(draft, "wx", 0o644);
    try {
      await file.writeFile(body);
      await file.datasync();
    } finally {
      await file.close();
    }
    // A rename would replace what another writer placed meanwhile; a link refuses.
    await link(draft, path).catch(async (error: NodeJS.ErrnoException) => {
      // Some shared folders of virtual machines know no links.
      if (error.code !== "EPERM" && error.code !== "ENOTSUP" && error.code !== "ENOSYS") throw error;
      await rename(draft, path);
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
  await syncFolder(folder);
  return true;
}

/**
 * Makes `folder` and syncs each new one's parent, so that the names on the way survive a power cut too. The store's own
 * folder is not made again: where it went missing (a disk that is not mounted), its objects are elsewhere.
 */
async function makeFolder(folder: string, store: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && (await stat(folder)).isDirectory()) return;
    if (code !== "ENOENT" || dirname(folder).length < store.length) throw error;
    await makeFolder(dirname(folder), store);
    return makeFolder(folder, store);
  }
  await syncFolder(dirname(folder));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function sameBytes(path: string, key: string, body: Uint8Array): Promise<void> {
  if (Buffer.compare(await readFile(path), body) !== 0) throw new ObjectConflict(`${key} holds other bytes already`);
}

const [openFile, readFrom] = [promisify(openDescriptor), promisify(read)];

// Filled whole: zeros first would be written for nothing.
const ownMemory = (bytes: number) => Buffer.allocUnsafeSlow(bytes);

async function readFully(file: number, start: number, length: number, allocate: (bytes: number) => Buffer): Promise<Uint8Array> {
  const body = allocate(Math.max(0, length));
  let filled = 0;
  while (filled < body.length) {
    const { bytesRead } = await readFrom(file, body, filled, body.length - filled, start + filled);
    if (bytesRead === 0) throw new StorageUnavailable("a file of the object store became shorter while it was read");
    filled += bytesRead;
  }
  return body;
}

const typePath = (path: string) => join(dirname(path), `.type.${basename(path)}`);

async function typeOf(path: string): Promise<string> {
  return typesBySuffix[extname(path)] ?? (await readFile(typePath(path), "utf8"));
}

async function entries(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR";
}

function translate(error: unknown, key = ""): unknown {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return error;
  // A file where a folder is needed, or the other way round.
  if (code === "ENOTDIR" || code === "EISDIR" || code === "EEXIST") return new InvalidKey(`${key}: a key cannot be the folder of another key`, { cause: error });
  return new StorageUnavailable(`the object store's folder cannot be used: ${message}`, { cause: error });
}
