-- What the posts of a source repeat word for word is no part of leads and summaries, and leaves full posts where staff want that. Stored posts keep it.
alter table source add column repeats jsonb not null default '[]', add column trims_repeats boolean not null default false;
comment on column source.repeats is
  'Paragraphs that at least half of its last ten posts have in common, as of the last reading that brought something; see src/content/clutter/repeats.ts.';
comment on column source.trims_repeats is 'Full posts are shown without them, too.';
