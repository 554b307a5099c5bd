-- Up Migration

-- What listeners did, a row each, once: an event sent again meets the key. The day follows from when it happened, so that a
-- repetition finds the first wherever midnight is. A partition per day, made by whoever needs it first; old ones are dropped whole.
create sequence listening_event_place;
create table listening_event (
  day date not null,
  user_id text collate "C" not null,
  id text collate "C" not null,
  type text collate "C" not null,
  -- Ms since 1970.
  at bigint not null,
  track_id text collate "C" not null,
  playback_id text collate "C",
  device_id text collate "C",
  position_ms bigint,
  listened_ms bigint,
  context text collate "C",
  received_at timestamptz not null default clock_timestamp(),
  -- The order in which groups read: by transaction, as projections read the journal, and within one by place.
  tx xid8 not null default pg_current_xact_id(),
  place bigint not null default nextval('listening_event_place'),
  primary key (day, user_id, id),
  constraint listening_event_day check (day = date '1970-01-01' + (at / 86400000)::int)
) partition by range (day);
create index listening_event_order on listening_event (tx, place);

-- How far a group of consumers has read; the beginning is (0, 0). `received_at`: when the last event it read was received.
create table event_group (
  name text collate "C" primary key,
  tx xid8 not null default '0',
  place bigint not null default 0,
  received_at timestamptz not null default '-infinity'
);

-- Copies of what soft-state actors have in memory. No body: forgotten, and kept so that an older copy that comes late stays out.
-- `kept_on` changes once a day, so that other updates need no new index entries.
create table actor_mirror (
  actor text collate "C" primary key,
  epoch bigint not null,
  n bigint not null,
  body text,
  kept_on date not null
) with (fillfactor = 50);
create index actor_mirror_age on actor_mirror (kept_on);

-- Down Migration
drop table actor_mirror, event_group, listening_event;
drop sequence listening_event_place;
