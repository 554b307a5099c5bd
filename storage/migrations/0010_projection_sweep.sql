-- Up Migration

-- Rows are folded where their playlists live; a sweep through the journal finds those that nobody folded. `cursor` is how far
-- it came, `up_to` how far the next one goes: behind that, owners still have edits in memory.
alter table projection add column up_to text, add column swept_at timestamptz not null default '-infinity';

-- Down Migration
alter table projection drop column up_to, drop column swept_at;
