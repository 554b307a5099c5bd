-- Up Migration

-- Beginnings of names and of words in them, of what everybody may find.
create index playlist_found on playlist using gin (lower(name) gin_trgm_ops) where public and not deleted;

-- Down Migration
drop index playlist_found;
