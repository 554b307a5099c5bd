/**
 * Adding a track: everything it brings, in one transaction, and everything that is left behind taken away.
 *
 * Any number of these run at once, on any number of nodes. What keeps them right:
 *   1. one track at a time: the track's own lock, taken first and alone;
 *   2. then all name locks in one order (locks.ts): a name that is left may be deleted, so it is locked exclusively;
 *   3. then rows, table by table, each in key order: image, artist, album, genre, track and what hangs on it, album
 *      facts, artist facts, outbox. Two transactions that insert the same name meet at its unique key and the second
 *      waits; since both go through tables and keys in one order, nobody waits in a circle.
 * Statements are read-committed, so a statement after a lock sees what the lock waited for.
 */
import type { Database, Queryable, SearchType } from "../../storage/index.ts";
import { newId } from "../id.ts";
import { albumLock, artistLock, genreLock, takeLocks } from "./locks.ts";
import type { KeyedName, TidyTrack } from "./tidy.ts";

export interface Reference {
  readonly type: SearchType;
  readonly id: string;
}

export interface Added {
  readonly created: boolean;
  /** Everything whose answer may have changed, deleted things included. */
  readonly touched: readonly Reference[];
}

/** What a known track hung on before: keys for the locks, ids for what may be left behind. */
interface Before {
  readonly albumId: string;
  readonly albumKey: string;
  readonly albumArtist: { readonly id: string; readonly key: string };
  readonly artists: readonly { readonly id: string; readonly key: string }[];
  readonly genres: readonly { readonly id: string; readonly key: string }[];
}

/** Stores `track` whole or not at all; repeating it changes nothing. */
export function addTrack(database: Database, track: TidyTrack): Promise<Added> {
  return database.transaction(async (transaction) => {
    const { id } = track.ingested;
    await transaction.prepared(`select pg_advisory_xact_lock(hashtextextended('track ' || $1::text, 0))`, [id]);
    const before = await hungOn(transaction, id);
    await lockNames(transaction, track, before);

    await storeImage(transaction, track);
    const artists = await artistIds(transaction, [...track.artists, track.albumArtist]);
    const albumArtistId = known(artists, track.albumArtist.key);
    const albumId = await albumIdOf(transaction, albumArtistId, track.album);
    const genres = await genreIds(transaction, track.genres);

    const created = await storeTrack(transaction, track, albumId);
    await storeLinks(transaction, track, created, artists, genres);
    await storeMedia(transaction, track);
    await storeSource(transaction, track.ingested.source, id);

    const artistsTouched = new Set([...artists.values(), ...(before?.artists ?? []).map((artist) => artist.id), ...(before === undefined ? [] : [before.albumArtist.id])]);
    const genresTouched = new Set([...genres.values(), ...(before?.genres ?? []).map((genre) => genre.id)]);
    const albumsTouched = new Set([albumId, ...(before === undefined ? [] : [before.albumId])]);
    if (before !== undefined) await removeLeftBehind(transaction, before, { albumId, artists, genres });
    await refreshFacts(transaction, [...albumsTouched], [...artistsTouched]);

    const touched: Reference[] = [
      { type: "track", id },
      ...[...albumsTouched].map((id): Reference => ({ type: "album", id })),
      ...[...artistsTouched].map((id): Reference => ({ type: "artist", id })),
      ...[...genresTouched].map((id): Reference => ({ type: "genre", id })),
    ];
    await enqueueSearch(transaction, touched);
    return { created, touched };
  });
}

async function hungOn(transaction: Queryable, trackId: string): Promise<Before | undefined> {
  const [row] = await transaction.prepared<Before>(
    `select t.album_id as "albumId", al.title_key as "albumKey", json_build_object('id', ar.id, 'key', ar.name_key) as "albumArtist",
       (select coalesce(json_agg(json_build_object('id', a.id, 'key', a.name_key)), '[]') from track_artist ta join artist a on a.id = ta.artist_id where ta.track_id = t.id) as artists,
       (select coalesce(json_agg(json_build_object('id', g.id, 'key', g.name_key)), '[]') from track_genre tg join genre g on g.id = tg.genre_id where tg.track_id = t.id) as genres
     from track t join album al on al.id = t.album_id join artist ar on ar.id = al.artist_id where t.id = $1`,
    [trackId],
  );
  return row;
}

async function lockNames(transaction: Queryable, track: TidyTrack, before: Before | undefined): Promise<void> {
  const wanted = new Set([
    ...[...track.artists, track.albumArtist].map((artist) => artistLock(artist.key)),
    albumLock(track.albumArtist.key, track.album.key),
    ...track.genres.map((genre) => genreLock(genre.key)),
  ]);
  const held =
    before === undefined
      ? []
      : [
          ...[...before.artists, before.albumArtist].map((artist) => artistLock(artist.key)),
          albumLock(before.albumArtist.key, before.albumKey),
          ...before.genres.map((genre) => genreLock(genre.key)),
        ];
  const left = held.filter((name) => !wanted.has(name));
  await takeLocks(transaction, [...[...wanted].map((name) => ({ name, exclusive: false })), ...left.map((name) => ({ name, exclusive: true }))]);
}

async function storeImage(transaction: Queryable, { ingested: { image } }: TidyTrack): Promise<void> {
  if (image === null) return;
  await transaction.prepared(`insert into image (id, content_type, width, height, color) values ($1, $2, $3, $4, $5) on conflict (id) do nothing`, [
    image.id,
    image.contentType,
    image.width,
    image.height,
    image.color,
  ]);
}

/** Reads keys, inserts what is missing in key order, reads again: `insert` answers nothing for rows that another transaction has just made. */
async function idsByKey(keys: readonly string[], read: (keys: readonly string[]) => Promise<{ id: string; key: string }[]>, insert: (missing: readonly string[]) => Promise<unknown>): Promise<Map<string, string>> {
  const found = new Map((await read(keys)).map((row) => [row.key, row.id]));
  const missing = keys.filter((key) => !found.has(key)).toSorted();
  if (missing.length === 0) return found;
  await insert(missing);
  for (const row of await read(missing)) found.set(row.key, row.id);
  return found;
}

function known(ids: ReadonlyMap<string, string>, key: string): string {
  const id = ids.get(key);
  if (id === undefined) throw new Error("a name that was just stored is not there");
  return id;
}

function artistIds(transaction: Queryable, names: readonly KeyedName[]): Promise<Map<string, string>> {
  // The first spelling of a key is the one shown.
  const byKey = new Map(names.toReversed().map((name) => [name.key, name]));
  return idsByKey(
    [...byKey.keys()],
    (keys) => transaction.prepared(`select id, name_key as key from artist where name_key = any($1)`, [keys]),
    (missing) => {
      const rows = missing.flatMap((key) => byKey.get(key) ?? []);
      return transaction.prepared(
        `insert into artist (id, name, name_key, sort_name) select * from unnest($1::text[], $2::text[], $3::text[], $4::text[]) on conflict (name_key) do nothing`,
        [rows.map(() => newId()), rows.map((row) => row.name), rows.map((row) => row.key), rows.map((row) => row.sortName)],
      );
    },
  );
}

async function albumIdOf(transaction: Queryable, artistId: string, album: KeyedName): Promise<string> {
  const ids = await idsByKey(
    [album.key],
    (keys) => transaction.prepared(`select id, title_key as key from album where artist_id = $1 and title_key = any($2)`, [artistId, keys]),
    () => transaction.prepared(`insert into album (id, title, title_key, artist_id) values ($1, $2, $3, $4) on conflict (artist_id, title_key) do nothing`, [newId(), album.name, album.key, artistId]),
  );
  return known(ids, album.key);
}

function genreIds(transaction: Queryable, genres: readonly KeyedName[]): Promise<Map<string, string>> {
  const byKey = new Map(genres.map((genre) => [genre.key, genre]));
  if (byKey.size === 0) return Promise.resolve(new Map());
  return idsByKey(
    [...byKey.keys()],
    (keys) => transaction.prepared(`select id, name_key as key from genre where name_key = any($1)`, [keys]),
    (missing) => {
      const rows = missing.flatMap((key) => byKey.get(key) ?? []);
      return transaction.prepared(`insert into genre (id, name, name_key) select * from unnest($1::text[], $2::text[], $3::text[]) on conflict (name_key) do nothing`, [
        rows.map(() => newId()),
        rows.map((row) => row.name),
        rows.map((row) => row.key),
      ]);
    },
  );
}

/** Whether the track is new. */
async function storeTrack(transaction: Queryable, track: TidyTrack, albumId: string): Promise<boolean> {
  const { ingested } = track;
  const { tempoBpm, musicKey, energy } = ingested;
  const { lufs, truePeak } = ingested.manifest.loudness;
  const [row] = await transaction.prepared<{ created: boolean }>(
    `insert into track (id, title, title_key, album_id, disc, number, year, duration_ms, image_id, lufs, true_peak,
       tempo_bpm, tempo_confidence, music_key, key_confidence, energy, energy_confidence)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
     on conflict (id) do update set title = excluded.title, title_key = excluded.title_key, album_id = excluded.album_id, disc = excluded.disc,
       number = excluded.number, year = excluded.year, duration_ms = excluded.duration_ms, image_id = excluded.image_id, lufs = excluded.lufs,
       true_peak = excluded.true_peak, tempo_bpm = excluded.tempo_bpm, tempo_confidence = excluded.tempo_confidence, music_key = excluded.music_key,
       key_confidence = excluded.key_confidence, energy = excluded.energy, energy_confidence = excluded.energy_confidence
     returning xmax = 0 as created`,
    [
      ingested.id,
      track.title,
      track.titleKey,
      albumId,
      ingested.disc,
      ingested.number,
      ingested.year,
      ingested.durationMs,
      ingested.image?.id ?? null,
      lufs,
      truePeak,
      tempoBpm?.value ?? null,
      tempoBpm?.confidence ?? null,
      musicKey?.value ?? null,
      musicKey?.confidence ?? null,
      energy?.value ?? null,
      energy?.confidence ?? null,
    ],
  );
  return row?.created ?? false;
}

async function storeLinks(transaction: Queryable, track: TidyTrack, created: boolean, artists: ReadonlyMap<string, string>, genres: ReadonlyMap<string, string>): Promise<void> {
  const { id } = track.ingested;
  if (!created) {
    await transaction.prepared(`delete from track_artist where track_id = $1`, [id]);
    await transaction.prepared(`delete from track_genre where track_id = $1`, [id]);
  }
  await transaction.prepared(`insert into track_artist (track_id, position, artist_id) select $1, position - 1, artist_id from unnest($2::text[]) with ordinality as a(artist_id, position)`, [
    id,
    track.artists.map((artist) => known(artists, artist.key)),
  ]);
  if (genres.size === 0) return;
  await transaction.prepared(`insert into track_genre (track_id, genre_id, title_key) select $1, genre_id, $3 from unnest($2::text[]) as g(genre_id)`, [id, [...genres.values()], track.titleKey]);
}

/** A manifest never changes; another media id is another encode, which replaces it. */
async function storeMedia(transaction: Queryable, { ingested: { id, manifest, layouts }, tiers }: TidyTrack): Promise<void> {
  await transaction.prepared(
    `insert into media (track_id, media_id, manifest, layouts, tiers) values ($1, $2, $3, $4, $5)
     on conflict (track_id) do update set media_id = excluded.media_id, manifest = excluded.manifest, layouts = excluded.layouts, tiers = excluded.tiers
     where media.media_id <> excluded.media_id`,
    [id, manifest.media, JSON.stringify(manifest), JSON.stringify(layouts), [...tiers]],
  );
}

export interface Source {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly modifiedMs: number;
  readonly audioMd5: string;
}

/** Remembers that `path`, as it is now, is this track. */
export async function storeSource(queryable: Queryable, source: Source, trackId: string): Promise<void> {
  await queryable.prepared(
    `insert into source (path, sha256, bytes, modified_ms, audio_md5, track_id) values ($1, $2, $3, $4, $5, $6)
     on conflict (path) do update set sha256 = excluded.sha256, bytes = excluded.bytes, modified_ms = excluded.modified_ms,
       audio_md5 = excluded.audio_md5, track_id = excluded.track_id, imported_at = now()`,
    [source.path, source.sha256, source.bytes, source.modifiedMs, source.audioMd5, trackId],
  );
}

/** Deletes what the track was the last to need: its old album, and the artists and genres of before. */
async function removeLeftBehind(
  transaction: Queryable,
  before: Before,
  now: { albumId: string; artists: ReadonlyMap<string, string>; genres: ReadonlyMap<string, string> },
): Promise<void> {
  if (before.albumId !== now.albumId) {
    await transaction.prepared(`delete from album where id = $1 and not exists (select from track where album_id = $1)`, [before.albumId]);
  }
  const stays = new Set([...now.artists.values(), ...now.genres.values()]);
  const artists = [...before.artists, before.albumArtist].map((artist) => artist.id).filter((id) => !stays.has(id));
  if (artists.length > 0) {
    await transaction.prepared(
      `delete from artist a where a.id = any($1) and not exists (select from track_artist where artist_id = a.id) and not exists (select from album where artist_id = a.id)`,
      [artists],
    );
  }
  const genres = before.genres.map((genre) => genre.id).filter((id) => !stays.has(id));
  if (genres.length > 0) await transaction.prepared(`delete from genre g where g.id = any($1) and not exists (select from track_genre where genre_id = g.id)`, [genres]);
}

/**
 * What an album takes from its tracks: the year most of them say (the earliest of several), the image most of them
 * show. What an artist takes: the image of the newest album, else of a track.
 */
async function refreshFacts(transaction: Queryable, albums: readonly string[], artists: readonly string[]): Promise<void> {
  // Locked in a statement of its own: the next one then sees the tracks of whoever held the lock.
  await transaction.prepared(`select from album where id = any($1) order by id for no key update`, [albums]);
  await transaction.prepared(
    `update album set year = facts.year, image_id = facts.image_id
     from (select al.id, (select mode() within group (order by t.year) from track t where t.album_id = al.id and t.year is not null) as year,
             (select t.image_id from track t where t.album_id = al.id and t.image_id is not null
              group by t.image_id order by count(*) desc, min(t.disc), min(t.number), t.image_id limit 1) as image_id
           from album al where al.id = any($1)) facts
     where album.id = facts.id and (album.year, album.image_id) is distinct from (facts.year, facts.image_id)`,
    [albums],
  );
  await transaction.prepared(`select from artist where id = any($1) order by id for no key update`, [artists]);
  await transaction.prepared(
    `update artist set image_id = facts.image_id
     from (select ar.id, coalesce(
             (select al.image_id from album al where al.artist_id = ar.id and al.image_id is not null order by al.year desc nulls last, al.id limit 1),
             (select t.image_id from track_artist ta join track t on t.id = ta.track_id where ta.artist_id = ar.id and t.image_id is not null order by t.year desc nulls last, t.id limit 1)) as image_id
           from artist ar where ar.id = any($1)) facts
     where artist.id = facts.id and artist.image_id is distinct from facts.image_id`,
    [artists],
  );
}

async function enqueueSearch(transaction: Queryable, touched: readonly Reference[]): Promise<void> {
  await transaction.prepared(
    `insert into search_outbox (type, id) select type, id from unnest($1::text[], $2::text[]) as touched(type, id) order by type, id
     on conflict (type, id) do update set seq = default`,
    [touched.map((reference) => reference.type), touched.map((reference) => reference.id)],
  );
}
