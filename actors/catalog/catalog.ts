/** The catalog: what the catalog actions answer, from cache or database, and what adding a track sets in motion. catalog.service.ts calls it. */
import { createHash } from "node:crypto";
import type { Database, SearchType } from "../../storage/index.ts";
import { InvalidInput, NotFound } from "../errors.ts";
import { Memo } from "../memo.ts";
import type { TrackFact } from "../track-facts.ts";
import { addTrack, storeSource, type Added, type Source } from "./add.ts";
import { decodeCursor, encodeCursor, type CursorList } from "./cursor.ts";
import type { Fresh } from "./fresh.ts";
import type { IngestedTrack } from "./ingested.ts";
import type { Album, AlbumPage, Artist, ArtistPage, DocumentsPage, Genre, Page, Playable, Summaries, Track } from "./shapes.ts";
import * as sql from "./sql.ts";
import { tidy } from "./tidy.ts";

/** Bounds of one answer. */
const tracksPerAlbum = 2_000;
const albumsPerArtist = 500;
const topTracks = 10;
const genresListed = 1_000;

/** Manifests in this process: about 25 bytes a chunk and tier as text, so 64 MiB hold some 10,000 tracks of four minutes. */
const manifestsKept = 10_000;
const manifestBytes = 64 * 1024 * 1024;
/** They do not change; the bound covers a node that missed the news of another encode. */
const manifestTtlMs = 10 * 60 * 1000;

interface Paged {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface KnownPath {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

interface SizedPlayable {
  readonly playable: Playable;
  readonly textBytes: number;
}

/** Scope of the lists that any change may touch. */
const listScope = "lists";

export class Catalog {
  readonly #database: Database;
  readonly #fresh: Fresh;
  readonly #manifests: Memo<SizedPlayable>;

  constructor(database: Database, fresh: Fresh) {
    this.#database = database;
    this.#fresh = fresh;
    this.#manifests = new Memo({
      max: manifestsKept,
      maxBytes: manifestBytes,
      sizeOf: (sized) => sized.textBytes,
      ttlMs: manifestTtlMs,
      load: (trackId) => this.#loadManifest(trackId),
    });
  }

  async track(id: string): Promise<Track> {
    const [track] = await this.#fresh.readMany("track", [id], (ids) => sql.tracksById(this.#database, ids));
    if (track === undefined) throw new NotFound("track", id);
    return track;
  }

  async artist(id: string): Promise<ArtistPage> {
    const page = await this.#fresh.read(`artist:${id}`, `artist-page:${id}`, async (): Promise<ArtistPage | undefined> => {
      const [artist] = await sql.artistsById(this.#database, [id]);
      if (artist === undefined) return undefined;
      const [albums, tracks] = await Promise.all([sql.albumsOfArtist(this.#database, id, albumsPerArtist), sql.topTracksOfArtist(this.#database, id, topTracks)]);
      return { ...artist, albums, topTracks: tracks };
    });
    if (page === undefined) throw new NotFound("artist", id);
    return page;
  }

  async album(id: string): Promise<AlbumPage> {
    const page = await this.#fresh.read(`album:${id}`, `album-page:${id}`, async (): Promise<AlbumPage | undefined> => {
      const [[album], tracks] = await Promise.all([sql.albumsById(this.#database, [id]), sql.tracksOfAlbum(this.#database, id, tracksPerAlbum)]);
      return album === undefined ? undefined : { ...album, tracks };
    });
    if (page === undefined) throw new NotFound("album", id);
    return page;
  }

  artists(paged: Paged): Promise<Page<Artist>> {
    return this.#page("artists", listScope, "", paged, 2, (after, limit) => sql.artistList(this.#database, after, limit));
  }

  albums(paged: Paged): Promise<Page<Album>> {
    return this.#page("albums", listScope, "", paged, 2, (after, limit) => sql.albumList(this.#database, after, limit));
  }

  newReleases(paged: Paged): Promise<Page<Album>> {
    return this.#page("newReleases", listScope, "", paged, 2, (after, limit) => {
      if (after?.[0] !== undefined && !/^\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(after[0])) throw new InvalidInput("This cursor is not one that this list answered.", { field: "cursor" });
      return sql.newAlbums(this.#database, after, limit);
    });
  }

  async genres(): Promise<Page<Genre>> {
    const items = await this.#fresh.read("genres", "genres", () => sql.genreList(this.#database, genresListed));
    return { items: items ?? [], nextCursor: null };
  }

  async genreTracks(id: string, paged: Paged): Promise<Page<Track>> {
    const page = await this.#page("genreTracks", `genre:${id}`, id, paged, 2, (after, limit) => sql.tracksOfGenre(this.#database, id, after, limit));
    // No genre is without tracks for long: an empty first page is nearly always of no genre at all.
    if (page.items.length === 0 && paged.cursor === undefined && (await sql.genresById(this.#database, [id])).length === 0) throw new NotFound("genre", id);
    return page;
  }

  /** In the order asked for; ids that do not exist are left out. */
  async summaries(ids: Readonly<Record<SearchType, readonly string[]>>): Promise<Summaries> {
    const database = this.#database;
    const [track, artist, album, genre] = await Promise.all([
      this.#fresh.readMany("track", unique(ids.track), (missing) => sql.tracksById(database, missing)),
      this.#fresh.readMany("artist", unique(ids.artist), (missing) => sql.artistsById(database, missing)),
      this.#fresh.readMany("album", unique(ids.album), (missing) => sql.albumsById(database, missing)),
      this.#fresh.readMany("genre", unique(ids.genre), (missing) => sql.genresById(database, missing)),
    ]);
    return { track, artist, album, genre };
  }

  async documents(type: SearchType, paged: Paged): Promise<DocumentsPage> {
    const after = paged.cursor === undefined ? undefined : decodeCursor("documents", paged.cursor, 2);
    if (after !== undefined && after[0] !== type) throw new InvalidInput("This cursor is of another type.", { field: "cursor" });
    const items = await sql.documentList(this.#database, type, after?.[1], paged.limit);
    const last = items.at(-1);
    return { items, nextCursor: last === undefined || items.length < paged.limit ? null : encodeCursor("documents", [type, last.id]) };
  }

  /** At once when it is kept here. Throws NotFound. */
  manifest(trackId: string): Playable | Promise<Playable> {
    const kept = this.#manifests.get(trackId);
    return kept instanceof Promise ? kept.then((sized) => sized.playable) : kept.playable;
  }

  /** Another node changed this track. */
  forget(trackId: string): void {
    this.#manifests.forget(trackId);
  }

  /** Stores a track and makes every later read see it. Throws InvalidInput. */
  async add(track: IngestedTrack): Promise<Added> {
    const added = await addTrack(this.#database, tidy(track));
    await this.#fresh.invalidate([listScope, "genres", `manifest:${track.id}`, ...added.touched.map(({ type, id }) => `${type}:${id}`)]);
    this.forget(track.id);
    return added;
  }

  /** Which of `paths` are known as they are now. */
  async known(paths: readonly KnownPath[]): Promise<string[]> {
    const rows = await this.#database.prepared<{ path: string }>(
      `select s.path from source s join unnest($1::text[], $2::bigint[], $3::bigint[]) as asked(path, bytes, modified_ms)
         on s.path = asked.path and s.bytes = asked.bytes and s.modified_ms = asked.modified_ms
       where s.track_id is not null`,
      [paths.map((path) => path.path), paths.map((path) => path.bytes), paths.map((path) => path.modifiedMs)],
    );
    return rows.map((row) => row.path);
  }

  async existing(ids: readonly string[]): Promise<string[]> {
    const rows = await this.#database.prepared<{ id: string }>("select id from track where id = any($1)", [ids]);
    return rows.map(({ id }) => id);
  }

  facts(ids: readonly string[]): Promise<TrackFact[]> {
    return sql.factsById(this.#database, ids);
  }

  async bySha256(sha256: string): Promise<{ trackId: string } | null> {
    const [row] = await this.#database.prepared<{ trackId: string }>(`select track_id as "trackId" from source where sha256 = $1 and track_id is not null limit 1`, [sha256]);
    return row ?? null;
  }

  async byPath(path: string): Promise<{ trackId: string; audioMd5: string | null } | null> {
    const [row] = await this.#database.prepared<{ trackId: string; audioMd5: string | null }>(
      `select track_id as "trackId", audio_md5 as "audioMd5" from source where path = $1 and track_id is not null`,
      [path],
    );
    return row ?? null;
  }

  /** Remembers another path of a known track. Throws NotFound. */
  async link(trackId: string, source: Source): Promise<void> {
    const exists = await this.#database.prepared(`select 1 as one from track where id = $1`, [trackId]);
    if (exists.length === 0) throw new NotFound("track", trackId);
    await storeSource(this.#database, source, trackId);
  }

  async #page<T>(
    list: CursorList,
    scope: string,
    of: string,
    { limit, cursor }: Paged,
    keys: number,
    load: (after: readonly string[] | undefined, limit: number) => Promise<readonly { readonly item: T; readonly key: readonly string[] }[]>,
  ): Promise<Page<T>> {
    const after = cursor === undefined ? undefined : decodeCursor(list, cursor, keys);
    const page = await this.#fresh.read(scope, `${list}:${of}:${limit}:${cursor === undefined ? "" : short(cursor)}`, async (): Promise<Page<T>> => {
      // One more than asked for says whether there is a next page.
      const rows = await load(after, limit + 1);
      const shown = rows.slice(0, limit);
      const last = shown.at(-1);
      return { items: shown.map((row) => row.item), nextCursor: rows.length > limit && last !== undefined ? encodeCursor(list, last.key) : null };
    });
    return page ?? { items: [], nextCursor: null };
  }

  async #loadManifest(trackId: string): Promise<SizedPlayable> {
    const text = await this.#fresh.read(`manifest:${trackId}`, `manifest:${trackId}`, async () => {
      const [row] = await this.#database.prepared<{ manifest: string; layouts: string }>(`select manifest::text, layouts::text from media where track_id = $1`, [trackId]);
      return row;
    });
    if (text === undefined) throw new NotFound("track", trackId);
    const manifest = Object.freeze(JSON.parse(text.manifest) as Playable["manifest"]);
    const layouts = Object.freeze(JSON.parse(text.layouts) as Playable["layouts"]);
    return { playable: Object.freeze({ manifest, layouts }), textBytes: 2 * (text.manifest.length + text.layouts.length) };
  }
}

/** A cursor may be longer than a cache key may be. */
const short = (cursor: string) => createHash("sha256").update(cursor).digest("base64url");
const unique = (ids: readonly string[]) => [...new Set(ids)];
