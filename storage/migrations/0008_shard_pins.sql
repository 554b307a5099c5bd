-- Up Migration

-- Where operators moved shards to. Outlives both nodes: a shard is there whenever that node is.
create table shard_pin (
  shard text primary key,
  node text not null
);

-- Down Migration
drop table shard_pin;
