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

alter table source add column listed_posts bigint[];
comment on column source.listed_posts is 'The posts that it lists, in the order of its document; null until a whole document was read since these are kept.';

create table vanished_post (
  source_id bigint not null constraint vanished_post_source_id_fkey references source on delete cascade,
  post_id bigint not null constraint vanished_post_post_id_fkey references post on delete cascade,
  vanished_at timestamptz not null,
  sure_at timestamptz not null,
  judged_at timestamptz,
  told_at timestamptz,
  returned_at timestamptz,
  constraint vanished_post_pkey primary key (source_id, post_id)
);
create index vanished_post_post_idx on vanished_post (post_id);
create index vanished_post_untold_idx on vanished_post (post_id) where judged_at is not null and told_at is null;
comment on table vanished_post is 'Posts that vanished from amid what their source lists while they waited to be mailed for the first time. A row goes when the post is listed again, or mailed.';
comment on column vanished_post.sure_at is 'From when on the post counts as taken away, should it be missing still: a cache may show yesterday''s list, and a site half of its own.';
comment on column vanished_post.judged_at is 'When it was withdrawn, or only noted, as staff wish: it is not judged again unless it came back in between.';
comment on column vanished_post.told_at is 'When staff were told of it.';
comment on column vanished_post.returned_at is 'When it was listed again: what was withdrawn for it comes back.';
