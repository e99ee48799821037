-- How posts are told apart: what a source says of each, which links and ids recognise nothing, what its ids and dates are worth.

alter table post_source add column said_hash text;
alter table post_source add column title_key text;
alter table post_source add column stated_at timestamptz;
alter table post_source add column awaited_hash text;
alter table post_source add column gone_at timestamptz;
alter table post_source add column recognised_by text constraint post_source_recognised_by_check check (recognised_by in
  ('new', 'replaced', 'twin', 'words', 'guid', 'link', 'title_and_minute', 'text'));
create index post_source_said_idx on post_source (source_id, said_hash);
comment on column post_source.said_hash is 'Of title, text and documents as the source last stated them: the same words under another id or link are found by it.';
comment on column post_source.title_key is 'Of the title as the source last stated it: what is not listed any more is found by it when it comes back in other words.';
comment on column post_source.stated_at is 'The date that the source last stated; null where it states none.';
comment on column post_source.awaited_hash is 'Links, pictures or names that changed while the words stayed: taken over when a second reading states the same.';
comment on column post_source.gone_at is 'Since when the source does not list it any more; null while it does.';
comment on column post_source.recognised_by is 'Which rule made this entry a post of its own or a statement of one that was known; null for those of before the rules were kept.';

alter table post_revision add column said_hash text;
comment on column post_revision.said_hash is 'Of title, text and documents: a revision that changes only links and pictures has that of the one before.';

alter table post_key add column is_shared boolean not null default false;
comment on column post_key.is_shared is 'Several posts were stated with it, such as a page of notices: it recognises nothing from then on.';

alter table source add column ids_kept_count integer not null default 0;
alter table source add column ids_renewed_at timestamptz;
alter table source add column dates_moved_count integer not null default 0;
alter table source add column dates_kept_count integer not null default 0;
alter table source add column said_since timestamptz;
alter table source add column when_gone text not null default 'hold' constraint source_when_gone_check check (when_gone in ('hold', 'warn', 'ignore'));
comment on column source.ids_kept_count is 'Documents in a row in which an id was seen again with its words, and no words came back under a new id.';
comment on column source.ids_renewed_at is 'When words last came back under a new id.';
comment on column source.dates_moved_count is 'Documents in a row in which what had stayed the same was stated with another date.';
comment on column source.dates_kept_count is 'Documents in which something that had stayed the same was stated with the date that it had.';
comment on column source.said_since is 'Since when what its entries say is kept (post_source.said_hash); null until its posts of before were looked through.';
comment on column source.when_gone is 'What becomes of a post that vanishes from amid what is still listed before it was mailed.';

alter table post add column gone_told_at timestamptz;
create index post_gone_idx on post (id) where reason like 'gone from source %' and gone_told_at is null;
comment on column post.gone_told_at is 'When staff were told that the post vanished from its source before it was mailed.';
