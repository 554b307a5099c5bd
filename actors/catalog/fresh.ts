/**
 * Fresh: answers kept in the Cache port, dropped by scope when the catalog changes.
 *
 * An answer carries the version its scope had before the database was read; it counts only while the scope still has
 * that version. So an answer that was being read while its scope changed is never served afterwards, which plain
 * deletion cannot promise. A lost invalidation (cache away, cache emptied) is bounded by `ttlMs`. Without a cache
 * every read goes to the database.
 */
import { randomBytes } from "node:crypto";
import type { Cache } from "../../storage/index.ts";

export interface FreshOptions {
  readonly cache: Cache;
  readonly ttlMs: number;
  /** Told when the cache does not answer; the read goes on without it. */
  readonly onCacheFailure: (error: unknown) => void;
}

const firstVersion = "0";

export class Fresh {
  readonly #cache: Cache;
  readonly #ttlMs: number;
  readonly #failed: (error: unknown) => void;
  readonly #loading = new Map<string, { readonly scope: string; readonly answer: Promise<unknown> }>();

  constructor(options: FreshOptions) {
    this.#cache = options.cache;
    this.#ttlMs = options.ttlMs;
    this.#failed = options.onCacheFailure;
  }

  /** The answer kept under `key`, or what `load` gives. Callers that miss together share one load. Undefined is not kept. */
  read<T>(scope: string, key: string, load: () => Promise<T | undefined>): Promise<T | undefined> {
    const under = this.#loading.get(key);
    if (under !== undefined) return under.answer as Promise<T | undefined>;
    const answer = this.#read(scope, key, load).finally(() => {
      if (this.#loading.get(key)?.answer === answer) this.#loading.delete(key);
    });
    this.#loading.set(key, { scope, answer });
    return answer;
  }

  async #read<T>(scope: string, key: string, load: () => Promise<T | undefined>): Promise<T | undefined> {
    const [version, kept] = await this.#getMany([versionKey(scope), valueKey(key)]);
    const known = unwrap(kept, version) as T | undefined;
    if (known !== undefined) return known;
    const loaded = await load();
    if (loaded !== undefined) await this.#keep(key, version, loaded);
    return loaded;
  }

  /** The answers of several ids of one type, as `read` with scope and key `${type}:${id}`; one look-up and at most one load for all. Missing ones are absent. */
  async readMany<T extends { readonly id: string }>(type: string, ids: readonly string[], load: (ids: readonly string[]) => Promise<readonly T[]>): Promise<T[]> {
    if (ids.length === 0) return [];
    const scopes = ids.map((id) => `${type}:${id}`);
    const got = await this.#getMany([...scopes.map(versionKey), ...scopes.map(valueKey)]);
    const answers = new Map<string, T>();
    for (const [at, id] of ids.entries()) {
      const known = unwrap(got[ids.length + at], got[at]) as T | undefined;
      if (known !== undefined) answers.set(id, known);
    }
    const missing = ids.filter((id) => !answers.has(id));
    if (missing.length > 0) {
      for (const loaded of await load(missing)) answers.set(loaded.id, loaded);
      await Promise.all(ids.map(async (id, at) => {
        const loaded = missing.includes(id) ? answers.get(id) : undefined;
        if (loaded !== undefined) await this.#keep(`${type}:${id}`, got[at], loaded);
      }));
    }
    return ids.flatMap((id) => answers.get(id) ?? []);
  }

  /** Nothing read before this resolves is answered after it, here or on other nodes that see the cache. */
  async invalidate(scopes: readonly string[]): Promise<void> {
    const gone = new Set(scopes);
    for (const [key, { scope }] of this.#loading) if (gone.has(scope)) this.#loading.delete(key);
    try {
      // Versions outlive the values they judge.
      await Promise.all([...gone].map((scope) => this.#cache.set(versionKey(scope), randomBytes(9).toString("base64url"), this.#ttlMs * 2)));
    } catch (error) {
      this.#failed(error);
    }
  }

  async #getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    try {
      return await this.#cache.getMany(keys);
    } catch (error) {
      this.#failed(error);
      return keys.map(() => undefined);
    }
  }

  async #keep(key: string, version: string | undefined, answer: unknown): Promise<void> {
    try {
      await this.#cache.set(valueKey(key), `${version ?? firstVersion}\n${JSON.stringify(answer)}`, this.#ttlMs);
    } catch (error) {
      this.#failed(error);
    }
  }
}

const versionKey = (scope: string) => `catalog:version:${scope}`;
const valueKey = (key: string) => `catalog:${key}`;

/** The answer in `kept`, unless its scope has another version by now. */
function unwrap(kept: string | undefined, version: string | undefined): unknown {
  const end = kept?.indexOf("\n") ?? -1;
  if (kept === undefined || kept.slice(0, end) !== (version ?? firstVersion)) return undefined;
  return JSON.parse(kept.slice(end + 1));
}
