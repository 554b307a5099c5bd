-- Up Migration

-- What actors asked to be reminded of. Times are ms since 1970, as actors have them. `seq`: the actor's last event when it was
-- set. `next_at`: when it is to be delivered; null when nobody tries any more, and the row is there for operators.
create table reminder (
  actor text not null,
  name text not null,
  shard text not null,
  due_at bigint not null,
  seq bigint not null,
  failures int not null,
  next_at bigint,
  primary key (actor, name)
);
-- An owner asks for the earliest of each of its shards: so many steps into this index, however many rows others let wait.
create index reminder_next on reminder (shard, next_at) where next_at is not null;

-- Down Migration
drop table reminder;
