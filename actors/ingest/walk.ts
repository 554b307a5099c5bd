/** Every file below a folder, in the order of names, without following a link in circles. Bounded in depth and number. */
import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { ingestErrorFrom, type IngestError } from "./errors.ts";
import { limits } from "./limits.ts";
import { claimsAudio } from "./sniff.ts";

export type Found =
  | { readonly kind: "file"; readonly path: string; readonly bytes: number; readonly modifiedMs: number }
  /** A file or folder that cannot be looked at. */
  | { readonly kind: "unreadable"; readonly path: string; readonly error: IngestError };

/**
 * Walks `path`: a folder, or a single file. Hidden names (".", as in .Trash) and anything but files and folders are
 * passed over. Links are followed, each real folder once. Throws what opening `path` itself throws.
 */
export async function* walk(path: string): AsyncGenerator<Found> {
  const top = await stat(path);
  if (top.isFile()) {
    yield { kind: "file", path, bytes: top.size, modifiedMs: Math.floor(top.mtimeMs) };
    return;
  }
  const seen = new Set<string>();
  let files = 0;
  const folders: { path: string; depth: number }[] = [{ path, depth: 0 }];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const names: string[] = [];
    try {
      const real = await realpath(folder.path);
      if (seen.has(real)) continue;
      seen.add(real);
      names.push(...(await readdir(folder.path)).toSorted());
    } catch (error) {
      if (folder.depth === 0) throw error;
      yield { kind: "unreadable", path: folder.path, error: ingestErrorFrom(error) };
      continue;
    }
    const below: { path: string; depth: number }[] = [];
    for (const name of names) {
      if (name.startsWith(".")) continue;
      const child = join(folder.path, name);
      const facts = await stat(child).catch((error: unknown) => ingestErrorFrom(error));
      if (facts instanceof Error) {
        // A dead link to a font is nobody's loss.
        if (claimsAudio(name)) yield { kind: "unreadable", path: child, error: facts };
      }
      else if (facts.isDirectory() && folder.depth < limits.walkDepth) below.push({ path: child, depth: folder.depth + 1 });
      else if (facts.isFile()) {
        if (++files > limits.walkFiles) return;
        yield { kind: "file", path: child, bytes: facts.size, modifiedMs: Math.floor(facts.mtimeMs) };
      }
    }
    // A stack: the first subfolder comes off first.
    folders.push(...below.toReversed());
  }
}
