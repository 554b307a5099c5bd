-- Up Migration
-- A process that imports says so every few seconds: a job without that is one whose process died.
alter table import_job add column beat_at timestamptz not null default now();
create index import_job_active on import_job (state) where state in ('scanning', 'running');

-- Down Migration
drop index import_job_active;
alter table import_job drop column beat_at;
