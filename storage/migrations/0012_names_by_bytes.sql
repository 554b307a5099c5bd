-- Up Migration

-- Names that machines made are put in order by their bytes. By the database's own rules, which are for people, each of the some
-- twenty comparisons on the way to a place in an index is a call of the C library: 2 of 15 us of an appended event.
alter table node alter column id type text collate "C";
alter table shard alter column id type text collate "C";
alter table journal alter column actor type text collate "C", alter column op_id type text collate "C";
alter table actor_snapshot alter column actor type text collate "C";
alter table reminder alter column actor type text collate "C", alter column name type text collate "C", alter column shard type text collate "C";
alter table playlist alter column id type text collate "C", alter column owner_id type text collate "C";
alter table playlist_member alter column playlist_id type text collate "C", alter column user_id type text collate "C";

-- Down Migration
alter table playlist_member alter column playlist_id type text collate "default", alter column user_id type text collate "default";
alter table playlist alter column id type text collate "default", alter column owner_id type text collate "default";
alter table reminder alter column actor type text collate "default", alter column name type text collate "default", alter column shard type text collate "default";
alter table actor_snapshot alter column actor type text collate "default";
alter table journal alter column actor type text collate "default", alter column op_id type text collate "default";
alter table shard alter column id type text collate "default";
alter table node alter column id type text collate "default";
