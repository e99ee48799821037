-- What is kept of deliveries that were deleted: how many ended how in each edition, and how many each person had.
create table pruned_end (
  edition_id bigint not null constraint pruned_end_edition_id_fkey references edition on delete cascade,
  state text not null,
  reason text,
  count integer not null constraint pruned_end_count_check check (count > 0)
);
create unique index pruned_end_key on pruned_end (edition_id, state, coalesce(reason, ''));
comment on table pruned_end is 'Deliveries of an edition that were deleted, by state and reason: with those that are left they are all that it had.';

create table pruned_person (
  subscription_id bigint not null constraint pruned_person_pkey primary key
    constraint pruned_person_subscription_id_fkey references subscription on delete cascade,
  delivery_count integer not null,
  accepted_count integer not null,
  last_at timestamptz not null,
  constraint pruned_person_count_check check (delivery_count > 0 and accepted_count between 0 and delivery_count)
);
comment on table pruned_person is 'How many deliveries a subscription had that were deleted: who is in it is no beginner, although the ledger has no row of theirs.';
comment on column pruned_person.last_at is 'When the last of them ended.';
