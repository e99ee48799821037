-- Who joins gets what was released since the last edition -------------------------------------------------------------

alter table newsletter add column made_at_position bigint;
update newsletter n set made_at_position = coalesce((select max(r.position) from release r where r.released_at <= n.created_at), 0);
alter table newsletter alter column made_at_position set default 0, alter column made_at_position set not null;
comment on column newsletter.made_at_position is
  'The last position when it was made: where who joins begins as long as no edition has passed anything.';

create table erased_subscription (
  address_key text not null,
  newsletter_id bigint not null constraint erased_subscription_newsletter_id_fkey references newsletter on delete cascade,
  at timestamptz not null default now(),
  constraint erased_subscription_pkey primary key (address_key, newsletter_id)
);
comment on table erased_subscription is
  'Newsletters that a person had when they were erased, by keyed hash, until they joined each again once: what they got is not known any more, so they begin at the last release.';
-- Of which newsletters is not known of those from before; one that never had them makes them begin later, never twice.
insert into erased_subscription (address_key, newsletter_id, at)
select e.address_key, n.id, e.at from erased_address e cross join newsletter n;
comment on column edition.is_stopped_by_staff is 'Paused, cancelled or skipped by a person and no fault: nothing to be alarmed about, and a skipped one passes nothing to who joins.';
