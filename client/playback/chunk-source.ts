/**
 * Chunks over HTTP: `GET {url}/{n}.ogg?{query}`, each fetched once, kept for a while, and readable while it arrives.
 *
 * - Retries with jitter, at most `chunkBackoff.attempts` times; a broken body is taken up with a Range.
 * - A grant that ended, or is about to, is renewed first (one renewal at a time per track); 401 and 403 renew once.
 * - The tier's header, equal in all its chunks, is kept by its SHA-256 and skipped with a Range when it is a noticeable
 *   part of the chunk: 2 to 8 % of the bytes in the lossy tiers.
 * - Bounds: `cacheBytes` of complete chunks, `headersKept` headers, `grantsKept` grants.
 */
import { chunkKey, type Manifest, type TierName } from "../../audio/index.ts";
import { apiError } from "../api.ts";
import { ApiError, PlaybackError } from "../errors.ts";
import type { PlayGrant, SignedTier } from "../shapes.ts";
import { chunkBackoff, retryDelayMs, wait, type Backoff } from "./backoff.ts";
import { Download } from "./download.ts";
import type { Throughput } from "./tier-chooser.ts";

/** What is needed to fetch a track's chunks; `renew` gets a new grant for the same track. */
export type Grant = Pick<PlayGrant, "trackId" | "manifest" | "tiers" | "expiresAt">;

export interface ChunkSourceOptions {
  readonly renew: (trackId: string) => Promise<Grant>;
  readonly measured?: (throughput: Throughput) => void;
  readonly fetch?: typeof globalThis.fetch;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly random?: () => number;
  readonly backoff?: Backoff;
  readonly cacheBytes?: number;
  /** A body from which nothing arrives for this long is given up and taken up again. */
  readonly stallMs?: number;
}

/** A grant is renewed this long before it ends: the longest chunk on the slowest link still arrives in time. */
const renewAheadMs = 60_000;
/** Skipping the header pays from this part of a chunk; below, the plain request caches better on the way. */
const headerShare = 0.015;
const headersKept = 32;
const grantsKept = 16;

export class ChunkSource {
  readonly #options: Required<ChunkSourceOptions>;
  readonly #grants = new Map<string, Grant>();
  readonly #renewals = new Map<string, Promise<Grant>>();
  readonly #downloads = new Map<string, { download: Download; abort: AbortController }>();
  readonly #headers = new Map<string, Uint8Array>();
  #uses = 0;

  constructor(options: ChunkSourceOptions) {
    this.#options = { measured: () => {}, fetch: globalThis.fetch.bind(globalThis), now: Date.now, random: Math.random, backoff: chunkBackoff, cacheBytes: 24 * 1024 * 1024, stallMs: 10_000, ...options };
  }

  /** Takes a grant; a newer one for the same track replaces it. */
  admit(grant: Grant): void {
    this.#grants.delete(grant.trackId);
    this.#grants.set(grant.trackId, grant);
    const oldest = this.#grants.keys().next().value;
    // One that is needed again is renewed.
    if (this.#grants.size > grantsKept && oldest !== undefined) this.#grants.delete(oldest);
  }

  /**
   * The bytes of a chunk from its first byte, as they arrive. Aborting `signal` ends the reading; the download itself
   * goes on, see `keepOnly`. Throws PlaybackError.
   */
  open(manifest: Manifest, tier: TierName, chunk: number, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    return this.#started(manifest, tier, chunk).download.read(signal);
  }

  /** Fetches a chunk that will be opened soon; resolves when it is here. */
  arrived(manifest: Manifest, tier: TierName, chunk: number, signal: AbortSignal): Promise<void> {
    return this.#started(manifest, tier, chunk).download.arrived(signal);
  }

  /** Gives up every download under way that is not one of `wanted` (chunk keys): after a seek or a change of tier. */
  keepOnly(wanted: ReadonlySet<string>): void {
    for (const [key, entry] of this.#downloads) {
      if (wanted.has(key) || entry.download.state !== "arriving") continue;
      this.#downloads.delete(key);
      entry.abort.abort(new DOMException("no longer wanted", "AbortError"));
    }
  }

  #started(manifest: Manifest, tier: TierName, chunk: number): { download: Download; abort: AbortController } {
    const key = chunkKey(manifest.track, tier, chunk);
    let entry = this.#downloads.get(key);
    if (entry === undefined || entry.download.state === "failed") {
      entry = { download: new Download(), abort: new AbortController() };
      this.#downloads.set(key, entry);
      void this.#fetchWhole(manifest, tier, chunk, entry.download, entry.abort.signal);
    }
    entry.download.usedAt = ++this.#uses;
    this.#evict();
    return entry;
  }

  async #fetchWhole(manifest: Manifest, tier: TierName, chunk: number, download: Download, signal: AbortSignal): Promise<void> {
    try {
      const described = manifest.tiers[tier];
      const entry = described?.chunks[chunk];
      if (described === undefined || entry === undefined) throw new PlaybackError("MISSING", `The track has no chunk ${chunk} in tier ${tier}.`);
      const { header } = described;
      const held = header.bytes >= entry[1] * headerShare ? this.#headers.get(header.sha256) : undefined;
      if (held?.length === header.bytes && header.bytes < entry[1]) download.append(held);
      const path = chunkKey(manifest.track, tier, chunk);
      await this.#arrive(manifest.track, tier, path.slice(path.lastIndexOf("/") + 1), entry[1], download, signal);
      // Before the end is told: the next chunk is asked for right then, and may skip the header already.
      await this.#keepHeader(header, download);
      download.complete();
    } catch (error) {
      download.fail(error instanceof PlaybackError || signal.aborted ? error : new PlaybackError("UNREACHABLE", "The music cannot be reached. Check the connection.", error));
    }
  }

  /** Fetches until `bytes` bytes are there. */
  async #arrive(trackId: string, tier: TierName, file: string, bytes: number, download: Download, signal: AbortSignal): Promise<void> {
    const { backoff } = this.#options;
    let refused = false;
    for (let attempt = 1; download.bytes < bytes; attempt++) {
      const before = download.bytes;
      let failure: unknown;
      try {
        const { url, query } = await this.#signed(trackId, tier);
        await this.#request(`${url}/${file}?${query}`, bytes, download, signal);
        if (download.bytes === bytes) return;
        failure = new Error(`the body ended after ${download.bytes} of ${bytes} bytes`);
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof PlaybackError) throw error;
        if (error instanceof ApiError) {
          if (error.status === 404 || error.status === 410) throw new PlaybackError("MISSING", "A part of this track is missing.", error);
          if (error.status === 401 || error.status === 403) {
            if (refused) throw new PlaybackError("REFUSED", "You may not play this track.", error);
            refused = true;
            this.#grants.delete(trackId);
            continue;
          }
          if (!error.retryable) throw new PlaybackError("UNREACHABLE", error.message, error);
        }
        failure = error;
      }
      // A try that brought bytes starts the count again: a slow link is not a dead one.
      if (download.bytes > before) attempt = 1;
      if (attempt >= backoff.attempts) throw new PlaybackError("UNREACHABLE", "The music cannot be reached. Check the connection.", failure);
      const retryAfterMs = failure instanceof ApiError ? failure.retryAfterMs : null;
      await wait(retryDelayMs(backoff, attempt, this.#options.random(), retryAfterMs), signal);
    }
  }

  async #request(address: string, bytes: number, download: Download, signal: AbortSignal): Promise<void> {
    const from = download.bytes;
    const stall = new AbortController();
    let timer = setTimeout(() => stall.abort(new Error("nothing arrived")), this.#options.stallMs);
    try {
      const response = await this.#options.fetch(address, { headers: from === 0 ? {} : { range: `bytes=${from}-` }, signal: AbortSignal.any([signal, stall.signal]) });
      if (!response.ok || response.body === null) throw apiError(response, await response.text());
      // 200 to a Range: the server sent it all, and what is here already is skipped.
      let skip = response.status === 206 ? 0 : from;
      const startedAt = this.#options.now();
      let received = 0;
      const reader = response.body.getReader();
      for (let read = await reader.read(); !read.done; read = await reader.read()) {
        clearTimeout(timer);
        timer = setTimeout(() => stall.abort(new Error("nothing arrived")), this.#options.stallMs);
        received += read.value.length;
        const part = read.value.subarray(Math.min(skip, read.value.length));
        skip -= read.value.length - part.length;
        if (download.bytes + part.length > bytes) throw new PlaybackError("CORRUPT", "The track's parts are longer than its manifest says.");
        download.append(part);
      }
      this.#options.measured({ bytes: received, bodyMs: this.#options.now() - startedAt });
    } finally {
      clearTimeout(timer);
    }
  }

  async #signed(trackId: string, tier: TierName): Promise<SignedTier> {
    let grant = this.#grants.get(trackId);
    if (grant === undefined || Date.parse(grant.expiresAt) - renewAheadMs < this.#options.now()) grant = await this.#renew(trackId);
    const signed = grant.tiers[tier];
    if (signed === undefined) throw new PlaybackError("REFUSED", `Your plan does not include the ${tier} tier.`);
    return signed;
  }

  #renew(trackId: string): Promise<Grant> {
    let renewal = this.#renewals.get(trackId);
    if (renewal === undefined) {
      renewal = this.#options
        .renew(trackId)
        .then((grant) => {
          this.admit(grant);
          return grant;
        })
        .finally(() => this.#renewals.delete(trackId));
      this.#renewals.set(trackId, renewal);
    }
    return renewal;
  }

  async #keepHeader(header: { bytes: number; sha256: string }, download: Download): Promise<void> {
    if (this.#headers.has(header.sha256)) return;
    const bytes = download.head(header.bytes);
    if (bytes === null) return;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.slice().buffer));
    if (Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") !== header.sha256) return;
    this.#headers.set(header.sha256, bytes);
    const oldest = this.#headers.keys().next().value;
    if (this.#headers.size > headersKept && oldest !== undefined) this.#headers.delete(oldest);
  }

  #evict(): void {
    let held = 0;
    for (const { download } of this.#downloads.values()) held += download.bytes;
    if (held <= this.#options.cacheBytes) return;
    const complete = [...this.#downloads].filter(([, { download }]) => download.state !== "arriving").toSorted(([, a], [, b]) => a.download.usedAt - b.download.usedAt);
    for (const [key, { download }] of complete) {
      if (held <= this.#options.cacheBytes) return;
      this.#downloads.delete(key);
      held -= download.bytes;
    }
  }
}
