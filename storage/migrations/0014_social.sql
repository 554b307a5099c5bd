-- Up Migration

-- Who follows whom, and what an account shows of its listening. What somebody listens to at the moment lives in actors.

create table follow (
  follower_id text not null,
  followee_id text not null,
  -- Whole milliseconds: pages go on behind it.
  since timestamptz not null default date_trunc('milliseconds', clock_timestamp()),
  primary key (follower_id, followee_id),
  check (follower_id <> followee_id)
);
create index follow_of_follower on follow (follower_id, since, followee_id);
create index follow_of_followee on follow (followee_id, since, follower_id);

-- A row once somebody follows the account or it said what it shares; none is as a row of defaults.
create table social (
  user_id text primary key,
  -- Rows of follow with this followee: moves in their transaction.
  followers int not null default 0 check (followers >= 0),
  share boolean not null default true,
  private_until timestamptz,
  -- Rises with each change of the row: of two readings the higher is the later.
  version bigint not null default 1
);

-- Down Migration
drop table social, follow;
