-- Up Migration

-- Lists of playlists: who has which, and what stands in a line of a list. Folded from the journal by
-- actors/playlist/projector.ts, rebuilt from it when emptied; the playlists themselves live in their actors.

-- How far a projection has come. Moves in the transaction that writes the rows: each event counts once.
create table projection (
  name text primary key,
  cursor text
);

create table playlist (
  id text primary key,
  owner_id text not null,
  name text not null,
  description text not null,
  public boolean not null,
  collaborative boolean not null,
  item_count int not null,
  -- Number of the last event that is in this row.
  version bigint not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- Stays when the playlist has gone: an event that comes late must not bring it back.
  deleted boolean not null default false
);
create index playlist_owner on playlist (owner_id) where not deleted;

create table playlist_member (
  user_id text not null,
  playlist_id text not null,
  owns boolean not null default false,
  collaborates boolean not null default false,
  -- Came by a link.
  joined boolean not null default false,
  follows boolean not null default false,
  since timestamptz not null,
  primary key (user_id, playlist_id)
);
create index playlist_member_since on playlist_member (user_id, since, playlist_id);
create index playlist_member_playlist on playlist_member (playlist_id);

-- Down Migration
drop table playlist_member, playlist, projection;
