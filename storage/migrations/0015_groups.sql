-- Up Migration

-- Groups that listen together. What they play lives in actors and may be lost; who may come in, and who is host, is here.
create table listening_group (
  id text collate "C" primary key,
  -- What somebody types to come in. Good while the group lives.
  code text collate "C" not null,
  -- Of the link's secret.
  token_hash text not null,
  host_id text collate "C" not null,
  -- Accounts that were sent away.
  kicked text[] not null default '{}',
  created_at timestamptz not null,
  ended_at timestamptz,
  -- Of the actor's change that is written here: earlier ones come too late.
  epoch bigint not null default 0,
  n bigint not null default 0
);
create unique index listening_group_code on listening_group (code) where ended_at is null;
create index listening_group_host on listening_group (host_id) where ended_at is null;
create index listening_group_age on listening_group (created_at);

-- Down Migration
drop table listening_group;
