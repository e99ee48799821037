-- Imports: how far each one came, so that a killed one goes on, and what staff said of the columns of a file, so that they say it once.
create table import_run (
  id bigint generated always as identity constraint import_run_pkey primary key,
  newsletter_id bigint not null constraint import_run_newsletter_id_fkey references newsletter on delete cascade,
  file_key text not null,
  terms_key text not null,
  form text not null,
  taken_as text constraint import_run_taken_as_check check (taken_as in ('left', 'suppressed')),
  after_line bigint not null default 0,
  counts jsonb not null default '{}',
  started_at timestamptz not null,
  ended_at timestamptz
);
create unique index import_run_open_key on import_run (newsletter_id, file_key, terms_key) where ended_at is null;
create index import_run_file_idx on import_run (newsletter_id, file_key);
comment on table import_run is
  'An import of one file into one newsletter. It holds no name of a file, no cell and no address: an erasure finds nothing of anybody here.';
comment on column import_run.file_key is 'Keyed hash of the file: a bare one of a short file could be guessed.';
comment on column import_run.terms_key is 'Keyed hash of what staff said with it: other terms are another import.';
comment on column import_run.after_line is 'What stands up to this line is done: in the transaction that did it.';

create table import_mapping (
  header_key text constraint import_mapping_pkey primary key,
  columns jsonb not null,
  labels jsonb not null,
  used_at timestamptz not null
);
comment on table import_mapping is 'What staff said of the columns and labels of files with one header: it holds for the next file of the same kind.';
