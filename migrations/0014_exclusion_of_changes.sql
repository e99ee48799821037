-- Topics of released posts, and what a newsletter takes, change while no edition that could carry them is being frozen.

create table topic_change (
  post_id bigint not null constraint topic_change_pkey primary key constraint topic_change_post_id_fkey references post on delete cascade,
  recorded_at timestamptz not null default now()
);
comment on table topic_change is
  'Released posts whose topics are to be brought in line with their categories, once no edition of their newsletters is being frozen.';

create table topic_merge (
  id bigint generated always as identity constraint topic_merge_pkey primary key,
  from_topic_id bigint not null,
  into_topic_id bigint not null constraint topic_merge_into_topic_id_fkey references topic on delete cascade,
  follower_count integer not null default 0,
  requested_at timestamptz not null default now(),
  ended_at timestamptz
);
create unique index topic_merge_open_key on topic_merge (from_topic_id) where ended_at is null;
comment on table topic_merge is
  'A topic that becomes another, in steps: until the last follower moved posts carry both. What a crash leaves open goes on by itself.';
comment on column topic_merge.from_topic_id is 'Gone once the merge has ended.';

alter table offer
  add column newsletter_id bigint constraint offer_newsletter_id_fkey references newsletter on delete cascade,
  add column is_unguarded boolean not null default false,
  drop constraint offer_kind_check,
  add constraint offer_kind_check check (kind in ('topic', 'unretracted', 'correction', 'admitted'));
comment on column offer.newsletter_id is 'Only to readers of this one, which takes the post only now; null: of each that takes it.';
comment on column offer.is_unguarded is 'Made by a merge of topics, which nobody does by mistake: it does not count towards the flood guard.';
