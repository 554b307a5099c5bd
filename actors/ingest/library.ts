/** The pipeline's Host over the real system: what the catalog knows, and the object store, with retries where a repeat is safe. */
import type { ObjectStore } from "../../storage/index.ts";
import type { Host, Outcome, Source, Verdict } from "./pipeline.ts";
import type { IngestedTrack } from "../catalog/ingested.ts";
import type { FileLayouts, Manifest } from "../../audio/index.ts";

/** The catalog's actions that ingest uses, by name. */
export interface Catalog {
  add(track: IngestedTrack): Promise<{ trackId: string; created: boolean }>;
  known(paths: readonly { path: string; bytes: number; modifiedMs: number }[]): Promise<{ known: string[] }>;
  bySha256(sha256: string): Promise<{ trackId: string } | null>;
  byPath(path: string): Promise<{ trackId: string; audioMd5: string | null } | null>;
  link(trackId: string, source: Source): Promise<unknown>;
  /** Null when there is no such track. */
  manifest(trackId: string): Promise<{ manifest: Manifest; layouts: FileLayouts } | null>;
  /** Null when there is no such track. */
  analysis(trackId: string): Promise<Pick<IngestedTrack, "tempoBpm" | "musicKey" | "energy" | "durationMs"> | null>;
}

const attempts = 4;

export class Library implements Host {
  readonly #catalog: Catalog;
  readonly #objects: ObjectStore;
  /** Track ids being imported here: a second copy of the same file waits for the first. */
  readonly #importing = new Map<string, Promise<void>>();

  constructor(catalog: Catalog, objects: ObjectStore) {
    this.#catalog = catalog;
    this.#objects = objects;
  }

  /** Runs `body`; files with the same content as one that asked for a verdict in it wait until it is over. */
  async oneFile<T>(body: (host: Host) => Promise<T>): Promise<T> {
    let release: (() => void) | undefined;
    const host: Host = {
      verdict: async (file) => {
        for (let other = this.#importing.get(file.trackId); other !== undefined; other = this.#importing.get(file.trackId)) await other;
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#importing.set(file.trackId, promise);
        release = () => {
          this.#importing.delete(file.trackId);
          resolve();
        };
        return this.verdict(file);
      },
      put: (key, body, contentType) => this.put(key, body, contentType),
      discard: (trackId) => this.discard(trackId),
    };
    try {
      return await body(host);
    } finally {
      release?.();
    }
  }

  async verdict(file: { source: string; sha256: string; trackId: string }): Promise<Verdict> {
    const same = await this.#catalog.bySha256(file.sha256);
    if (same !== null) return { kind: "known", trackId: same.trackId };
    const before = await this.#catalog.byPath(file.source);
    if (before !== null && (before.audioMd5 ?? "") !== "") return { kind: "retag", trackId: before.trackId, audioMd5: before.audioMd5 ?? "" };
    // Its row may have been retagged since, and so have another SHA-256; its objects are there under this id.
    return (await this.#catalog.manifest(file.trackId)) === null ? { kind: "new" } : { kind: "known", trackId: file.trackId };
  }

  async put(key: string, body: Uint8Array, contentType: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#objects.put(key, body, contentType);
        return;
      } catch (error) {
        // The same bytes under the same key: storing them twice is storing them once.
        if (attempt === attempts || !(error instanceof Error) || error.name !== "StorageUnavailable") throw error;
        await new Promise((resolve) => setTimeout(resolve, 200 * 2 ** attempt * (0.5 + Math.random())));
      }
    }
  }

  async discard(trackId: string): Promise<void> {
    if ((await this.#catalog.manifest(trackId)) !== null) throw new Error(`track ${trackId} is in the catalog: its objects stay`);
    await this.#objects.deletePrefix(`audio/${trackId}/`);
  }

  /** Makes the catalog show what was imported: the last step, after every object is stored. */
  async accept(outcome: Outcome): Promise<{ trackId: string; created: boolean; durationMs: number }> {
    if (outcome.kind === "known") {
      await this.#catalog.link(outcome.trackId, outcome.source);
      return { trackId: outcome.trackId, created: false, durationMs: 0 };
    }
    if (outcome.kind === "imported") return { ...(await this.#catalog.add(outcome.track)), durationMs: outcome.track.durationMs };
    const [stored, analysis] = await Promise.all([this.#catalog.manifest(outcome.trackId), this.#catalog.analysis(outcome.trackId)]);
    if (stored === null || analysis === null) throw new Error(`track ${outcome.trackId} has left the catalog`);
    const { manifest, layouts } = stored;
    const added = await this.#catalog.add({ id: outcome.trackId, ...outcome.naming, ...analysis, manifest, layouts, source: outcome.source });
    return { ...added, durationMs: 0 };
  }
}
