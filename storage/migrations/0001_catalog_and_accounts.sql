-- Up Migration
create extension if not exists pg_trgm;
create extension if not exists unaccent;

create table account (
  id text primary key,
  username text not null,
  username_key text not null unique,
  password_hash text not null,
  plan text not null default 'free' check (plan in ('free', 'premium')),
  role text not null default 'listener' check (role in ('listener', 'admin')),
  country text not null check (country ~ '^[A-Z]{2}$'),
  birth_year int,
  created_at timestamptz not null default now()
);

-- A login starts a family; each refresh replaces its token. A token seen twice revokes the family.
create table refresh_token (
  hash bytea primary key,
  family text not null,
  account_id text not null references account(id) on delete cascade,
  issued_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  revoked_at timestamptz
);
create index refresh_token_family on refresh_token (family);
create index refresh_token_account on refresh_token (account_id);

create table image (
  id text primary key,
  content_type text not null,
  width int not null,
  height int not null,
  color text,
  created_at timestamptz not null default now()
);

create table artist (
  id text primary key,
  name text not null,
  name_key text not null unique,
  sort_name text not null,
  image_id text references image(id),
  created_at timestamptz not null default now()
);
create index artist_sort on artist (sort_name, id);

create table album (
  id text primary key,
  title text not null,
  title_key text not null,
  artist_id text not null references artist(id),
  year int,
  image_id text references image(id),
  created_at timestamptz not null default now(),
  unique (artist_id, title_key)
);
create index album_created on album (created_at desc, id);
create index album_title on album (title_key, id);

create table genre (
  id text primary key,
  name text not null,
  name_key text not null unique
);

create table track (
  id text primary key,
  title text not null,
  title_key text not null,
  album_id text not null references album(id),
  disc int not null default 1,
  number int,
  year int,
  duration_ms int not null check (duration_ms >= 0),
  image_id text references image(id),
  lufs real,
  true_peak real,
  tempo_bpm real,
  tempo_confidence real,
  music_key text,
  key_confidence real,
  energy real,
  energy_confidence real,
  created_at timestamptz not null default now()
);
create index track_album on track (album_id, disc, number, title_key, id);

create table track_artist (
  track_id text not null references track(id) on delete cascade,
  position int not null,
  artist_id text not null references artist(id),
  primary key (track_id, position)
);
create index track_artist_artist on track_artist (artist_id, track_id);

create table track_genre (
  track_id text not null references track(id) on delete cascade,
  genre_id text not null references genre(id),
  primary key (track_id, genre_id)
);
create index track_genre_genre on track_genre (genre_id, track_id);

-- What a player needs to play a track, written once at ingest.
create table media (
  track_id text primary key references track(id) on delete cascade,
  media_id text not null,
  manifest jsonb not null,
  layouts jsonb not null,
  created_at timestamptz not null default now()
);

-- Where a track came from: what is known is not imported again.
create table source (
  path text primary key,
  sha256 text not null,
  bytes bigint not null,
  modified_ms bigint not null,
  audio_md5 text,
  track_id text references track(id) on delete set null,
  imported_at timestamptz not null default now()
);
create index source_sha256 on source (sha256);
create index source_track on source (track_id);

-- A track without a row is open: every territory, every plan, always.
create table track_rights (
  track_id text primary key references track(id) on delete cascade,
  allow_countries text[],
  deny_countries text[] not null default '{}',
  plans text[],
  available_from timestamptz,
  available_until timestamptz,
  changed_at timestamptz not null default now()
);

create table import_job (
  id text primary key,
  path text not null,
  state text not null check (state in ('scanning', 'running', 'done', 'stopped', 'failed')),
  found int not null default 0,
  imported int not null default 0,
  skipped int not null default 0,
  failed int not null default 0,
  started_at timestamptz not null default now(),
  finished_at timestamptz
);

create table import_failure (
  job_id text not null references import_job(id) on delete cascade,
  path text not null,
  code text not null,
  message text not null,
  primary key (job_id, path)
);

-- Down Migration
drop table import_failure, import_job, track_rights, source, media, track_genre, track_artist, track, genre, album,
  artist, image, refresh_token, account;
drop extension unaccent;
drop extension pg_trgm;
