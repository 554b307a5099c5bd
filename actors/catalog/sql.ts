/** Statements that read the catalog, and the rows they give, turned into the shapes of shapes.ts. One statement per answer part; no statement per item. */
import type { TierName } from "../../audio/index.ts";
import type { Queryable, SearchDocument, SearchType } from "../../storage/index.ts";
import type { TrackFact } from "../track-facts.ts";
import type { Album, Artist, Genre, Named, Track } from "./shapes.ts";

interface TrackRow {
  id: string;
  title: string;
  artists: Named[] | null;
  album_id: string;
  album_title: string;
  disc: number;
  number: number | null;
  year: number | null;
  duration_ms: number;
  image_id: string | null;
  genres: Named[] | null;
  tiers: TierName[];
  lufs: number | null;
  true_peak: number | null;
  tempo_bpm: number | null;
  tempo_confidence: number | null;
  music_key: string | null;
  key_confidence: number | null;
  energy: number | null;
  energy_confidence: number | null;
}

const trackColumns = `
  t.id, t.title, t.disc, t.number, t.year, t.duration_ms, coalesce(t.image_id, al.image_id) as image_id,
  t.lufs, t.true_peak, t.tempo_bpm, t.tempo_confidence, t.music_key, t.key_confidence, t.energy, t.energy_confidence,
  al.id as album_id, al.title as album_title, coalesce(m.tiers, '{}') as tiers,
  (select json_agg(json_build_object('id', ar.id, 'name', ar.name) order by ta.position)
     from track_artist ta join artist ar on ar.id = ta.artist_id where ta.track_id = t.id) as artists,
  (select json_agg(json_build_object('id', g.id, 'name', g.name) order by g.name_key)
     from track_genre tg join genre g on g.id = tg.genre_id where tg.track_id = t.id) as genres`;
const trackTables = `track t join album al on al.id = t.album_id left join media m on m.track_id = t.id`;

function toTrack(row: TrackRow): Track {
  return {
    id: row.id,
    title: row.title,
    artists: row.artists ?? [],
    album: { id: row.album_id, title: row.album_title },
    disc: row.disc,
    number: row.number,
    year: row.year,
    durationMs: row.duration_ms,
    imageId: row.image_id,
    genres: row.genres ?? [],
    tiers: row.tiers,
    loudness: { lufs: row.lufs, truePeak: row.true_peak },
    analysis: {
      tempoBpm: row.tempo_bpm,
      tempoConfidence: row.tempo_confidence,
      key: row.music_key,
      keyConfidence: row.key_confidence,
      energy: row.energy,
      energyConfidence: row.energy_confidence,
    },
  };
}

interface AlbumRow {
  id: string;
  title: string;
  artist_id: string;
  artist_name: string;
  year: number | null;
  image_id: string | null;
  track_count: number;
}

const albumColumns = `
  al.id, al.title, al.year, al.image_id, ar.id as artist_id, ar.name as artist_name,
  (select count(*)::int from track t where t.album_id = al.id) as track_count`;
const albumTables = `album al join artist ar on ar.id = al.artist_id`;

function toAlbum(row: AlbumRow): Album {
  return {
    id: row.id,
    title: row.title,
    artist: { id: row.artist_id, name: row.artist_name },
    year: row.year,
    imageId: row.image_id,
    trackCount: row.track_count,
  };
}

/** Adds the sort values that a list's cursor holds to its rows. */
type Keyed<T> = { readonly item: T; readonly key: readonly string[] };

export async function tracksById(database: Queryable, ids: readonly string[]): Promise<Track[]> {
  const rows = await database.prepared<TrackRow>(`select ${trackColumns} from ${trackTables} where t.id = any($1)`, [ids]);
  return rows.map(toTrack);
}

/** Short forms, for lists that only name tracks. */
export function factsById(database: Queryable, ids: readonly string[]): Promise<TrackFact[]> {
  return database.prepared<TrackFact>(
    `select t.id, t.title, t.duration_ms as "durationMs", coalesce(t.image_id, al.image_id) as "imageId",
       array(select ar.name from track_artist ta join artist ar on ar.id = ta.artist_id where ta.track_id = t.id order by ta.position) as artists
     from track t join album al on al.id = t.album_id where t.id = any($1)`,
    [ids],
  );
}

export async function artistsById(database: Queryable, ids: readonly string[]): Promise<Artist[]> {
  return database.prepared<{ id: string; name: string; imageId: string | null }>(`select id, name, image_id as "imageId" from artist where id = any($1)`, [ids]);
}

export async function albumsById(database: Queryable, ids: readonly string[]): Promise<Album[]> {
  const rows = await database.prepared<AlbumRow>(`select ${albumColumns} from ${albumTables} where al.id = any($1)`, [ids]);
  return rows.map(toAlbum);
}

export async function genresById(database: Queryable, ids: readonly string[]): Promise<Genre[]> {
  return database.prepared<Genre>(
    `select g.id, g.name, (select count(*)::int from track_genre tg where tg.genre_id = g.id) as "trackCount" from genre g where g.id = any($1)`,
    [ids],
  );
}

/** Of an album, by disc and number; tracks without a number come last on their disc. */
export async function tracksOfAlbum(database: Queryable, albumId: string, limit: number): Promise<Track[]> {
  const rows = await database.prepared<TrackRow>(
    `select ${trackColumns} from ${trackTables} where t.album_id = $1 order by t.disc, t.number nulls last, t.title_key, t.id limit $2`,
    [albumId, limit],
  );
  return rows.map(toTrack);
}

/** Newest album first; albums without a year last. */
export async function albumsOfArtist(database: Queryable, artistId: string, limit: number): Promise<Album[]> {
  const rows = await database.prepared<AlbumRow>(
    `select ${albumColumns} from ${albumTables} where al.artist_id = $1 order by al.year desc nulls last, al.id limit $2`,
    [artistId, limit],
  );
  return rows.map(toAlbum);
}

/** Until plays are counted: the newest first, then in the order of the album. */
export async function topTracksOfArtist(database: Queryable, artistId: string, limit: number): Promise<Track[]> {
  const rows = await database.prepared<TrackRow>(
    `select ${trackColumns} from ${trackTables}
     where t.id in (select track_id from track_artist where artist_id = $1)
     order by t.year desc nulls last, t.album_id, t.disc, t.number nulls last, t.id limit $2`,
    [artistId, limit],
  );
  return rows.map(toTrack);
}

/** Artists by sort name, after (sortName, id). */
export async function artistList(database: Queryable, after: readonly string[] | undefined, limit: number): Promise<Keyed<Artist>[]> {
  const rows = await database.prepared<{ id: string; name: string; image_id: string | null; sort_name: string }>(
    `select id, name, image_id, sort_name from artist ${after === undefined ? "" : "where (sort_name, id) > ($2, $3)"} order by sort_name, id limit $1`,
    [limit, ...(after ?? [])],
  );
  return rows.map((row) => ({ item: { id: row.id, name: row.name, imageId: row.image_id }, key: [row.sort_name, row.id] }));
}

/** Albums by title, after (titleKey, id). */
export async function albumList(database: Queryable, after: readonly string[] | undefined, limit: number): Promise<Keyed<Album>[]> {
  const rows = await database.prepared<AlbumRow & { title_key: string }>(
    `select ${albumColumns}, al.title_key from ${albumTables} ${after === undefined ? "" : "where (al.title_key, al.id) > ($2, $3)"} order by al.title_key, al.id limit $1`,
    [limit, ...(after ?? [])],
  );
  return rows.map((row) => ({ item: toAlbum(row), key: [row.title_key, row.id] }));
}

/** Albums by when they came, newest first, after (createdAt in ISO 8601 with microseconds, id). */
export async function newAlbums(database: Queryable, after: readonly string[] | undefined, limit: number): Promise<Keyed<Album>[]> {
  // Not a row comparison: the two columns run in opposite directions. The first condition bounds the index range.
  const where = after === undefined ? "" : "where al.created_at <= $2::timestamptz and (al.created_at < $2::timestamptz or al.id > $3)";
  const rows = await database.prepared<AlbumRow & { created: string }>(
    `select ${albumColumns}, to_char(al.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created
     from ${albumTables} ${where} order by al.created_at desc, al.id limit $1`,
    [limit, ...(after ?? [])],
  );
  return rows.map((row) => ({ item: toAlbum(row), key: [row.created, row.id] }));
}

/** Genres with tracks, the biggest first. */
export async function genreList(database: Queryable, limit: number): Promise<Genre[]> {
  return database.prepared<Genre>(
    `select g.id, g.name, c.tracks as "trackCount"
     from (select genre_id, count(*)::int as tracks from track_genre group by genre_id) c join genre g on g.id = c.genre_id
     order by c.tracks desc, g.name_key limit $1`,
    [limit],
  );
}

/** Tracks of a genre by title, after (titleKey, trackId). */
export async function tracksOfGenre(database: Queryable, genreId: string, after: readonly string[] | undefined, limit: number): Promise<Keyed<Track>[]> {
  const rows = await database.prepared<TrackRow & { title_key: string }>(
    `select ${trackColumns}, t.title_key
     from (select track_id, title_key from track_genre where genre_id = $2 ${after === undefined ? "" : "and (title_key, track_id) > ($3, $4)"}
           order by title_key, track_id limit $1) page
     join (${trackTables}) on t.id = page.track_id order by page.title_key, page.track_id`,
    [limit, genreId, ...(after ?? [])],
  );
  return rows.map((row) => ({ item: toTrack(row), key: [row.title_key, row.id] }));
}

/** Popularity breaks ties; beyond this many tracks nothing is left to break, and counting on would cost every add to a big genre. */
const countedAtMost = 1_000;
const counted = (from: string) => `(select count(*)::int from (select from ${from} limit ${countedAtMost}) counted) as popularity`;

const documentColumns: Readonly<Record<SearchType, string>> = {
  track: `select x.id, 'track' as type, x.title as name, 0 as popularity,
      concat_ws(' ', (select string_agg(ar.name, ' ' order by ta.position) from track_artist ta join artist ar on ar.id = ta.artist_id where ta.track_id = x.id), al.title) as context
    from track x join album al on al.id = x.album_id`,
  artist: `select x.id, 'artist' as type, x.name, ${counted("track_artist ta where ta.artist_id = x.id")}, '' as context from artist x`,
  album: `select x.id, 'album' as type, x.title as name, ${counted("track t where t.album_id = x.id")}, ar.name as context
    from album x join artist ar on ar.id = x.artist_id`,
  genre: `select x.id, 'genre' as type, x.name, ${counted("track_genre tg where tg.genre_id = x.id")}, '' as context from genre x`,
};

/** Search documents of the ids that exist. */
export function documentsById(database: Queryable, type: SearchType, ids: readonly string[]): Promise<SearchDocument[]> {
  return database.prepared<SearchDocument>(`${documentColumns[type]} where x.id = any($1)`, [ids]);
}

/** Search documents by id, after `after`. */
export function documentList(database: Queryable, type: SearchType, after: string | undefined, limit: number): Promise<SearchDocument[]> {
  return database.prepared<SearchDocument>(`${documentColumns[type]} ${after === undefined ? "" : "where x.id > $2"} order by x.id limit $1`, after === undefined ? [limit] : [limit, after]);
}
