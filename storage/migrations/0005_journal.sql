-- Up Migration

-- Who may append for an actor's shard. An owner that takes a shard raises the epoch; a stale owner's epoch no longer
-- matches, and its appends are refused in the statement that makes them.
create table shard (
  id int primary key,
  owner text,
  epoch bigint not null default 0
);
insert into shard (id) select generate_series(0, 255);

-- What actors acknowledged, in order. json, not jsonb: stored as sent, with no work on the way to the commit.
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

-- Down Migration
drop table journal, shard;
