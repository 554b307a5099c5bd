-- Up Migration
drop table journal, shard;

-- Lives of nodes, one row each while it lasts: whoever ends a life deletes or replaces the row. An incarnation is used once,
-- whatever the node's name. It is unique so that PostgreSQL counts it as a key: replacing it waits for the FOR KEY SHARE of
-- appends in progress, renewing the lease does not.
create sequence node_incarnation;
create table node (
  id text primary key,
  incarnation bigint not null unique,
  lease_until timestamptz not null,
  leaving boolean not null default false,
  types text[] not null
) with (fillfactor = 50);

-- Who may append for the actors of a shard, e.g. 'playlist/17': the life that took it, as long as it lasts. The epoch rises
-- whenever a shard is taken or given up.
create table shard (
  id text primary key,
  owner text,
  life bigint,
  epoch bigint not null
) with (fillfactor = 50);

-- What actors acknowledged, in order. json, not jsonb: stored as sent, with little work on the way to the commit.
create table journal (
  actor text not null,
  seq bigint not null check (seq > 0),
  op_id text not null,
  epoch bigint not null,
  body json not null,
  -- The transaction that wrote it: see the index.
  tx xid8 not null default pg_current_xact_id(),
  committed_at timestamptz not null default now(),
  primary key (actor, seq),
  constraint journal_once unique (actor, op_id)
);
-- The order in which projections read: by transaction, of those only that are older than every one still running
-- (pg_snapshot_xmin), so that no event turns up before one that was read. 10 bytes per event, a tenth of the cost of an
-- append; an expression costs no more than a column, and a column would widen each row.
create index journal_changes on journal (split_part(actor, '/', 1), tx);

create table actor_snapshot (
  actor text primary key,
  seq bigint not null check (seq > 0),
  body json not null
);

-- Down Migration
drop table actor_snapshot, journal, shard, node;
drop sequence node_incarnation;
create table shard (
  id int primary key,
  owner text,
  epoch bigint not null default 0
);
insert into shard (id) select generate_series(0, 255);
create table journal (
  actor text not null,
  seq bigint not null check (seq > 0),
  op_id text not null,
  epoch bigint not null,
  body json not null,
  committed_at timestamptz not null default now(),
  primary key (actor, seq),
  constraint journal_once unique (actor, op_id)
);
