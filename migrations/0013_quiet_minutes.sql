-- Of an accepted reply only code, status and the server's id are kept (at most 128 characters), and a page has room for what a row grows to: with whole
-- replies at 70 three updates in four were HOT; at 35, 99 in 100 (npm run bench -- send).
alter table delivery set (fillfactor = 35);

-- Where the open deliveries are -------------------------------------------------------------------------------------
create table open_range (
  id bigint generated always as identity constraint open_range_pkey primary key,
  edition_id bigint not null constraint open_range_edition_id_fkey references edition on delete cascade,
  from_id bigint not null,
  to_id bigint not null,
  due_at timestamptz not null,
  constraint open_range_ids_check check (from_id <= to_id and from_id / 1000 = to_id / 1000)
);
create index open_range_due_idx on open_range (edition_id, due_at, from_id);
create index open_range_ids_idx on open_range (edition_id, from_id, id);
comment on table open_range is
  'Ids among which deliveries of an edition may be queued or being sent: each of these lies in a range that is due no later than itself. An attempt moves due_at on only, so that sending writes nothing here; whoever has looked through a range writes what is left of it.';
insert into open_range (edition_id, from_id, to_id, due_at)
select edition_id, min(id), max(id), min(due_at) from delivery where state in ('queued', 'sending') group by edition_id, id / 1000;

alter table worker add column swept_at timestamptz, add column answered_at timestamptz;
comment on column worker.swept_at is 'When nothing that it had claimed was left after its death: until then a sweep looks for it, afterwards none does.';
comment on column worker.answered_at is 'When a server last took or refused a message of it, as of its last renewal.';

alter table edition add column delivery_count integer not null default 0, add column ended_counts jsonb;
comment on column edition.delivery_count is 'How many deliveries its freeze has written.';
comment on column edition.ended_counts is 'How many deliveries were in which state when it ended; null while it is open.';
update edition e set delivery_count = c.delivery_count, ended_counts = case when e.ended_at is not null then c.counts end
from (select edition_id, sum(count)::integer as delivery_count, jsonb_object_agg(state, count) as counts
      from (select edition_id, state, count(*) from delivery group by edition_id, state) as s group by edition_id) as c
where c.edition_id = e.id;

-- What was in doubt is found by its attempts -------------------------------------------------------------------------
alter table attempt add column edition_id bigint, drop constraint attempt_outcome_check;
alter table attempt add constraint attempt_outcome_check check (outcome in ('deferred', 'in_doubt', 'last_doubt'));
insert into attempt (delivery_id, at, outcome, reply)
select d.id, coalesce(d.ended_at, d.doubted_at), 'last_doubt', d.reply from delivery d
where d.doubted_at is not null and not exists (select from attempt a where a.delivery_id = d.id and a.outcome = 'in_doubt');
update attempt a set edition_id = d.edition_id from delivery d where d.id = a.delivery_id and a.outcome <> 'deferred';
create index attempt_doubt_idx on attempt (edition_id, delivery_id) where outcome <> 'deferred';
comment on table attempt is 'SMTP transactions that did not end their delivery, and doubts that did (last_doubt): by these an edition''s doubtful deliveries are found.';
comment on column attempt.edition_id is 'Set of doubts alone.';

-- Renditions by what they hold ---------------------------------------------------------------------------------------
create index rendition_positions_idx on rendition using gin (positions) with (fastupdate = off);
create index post_retracted_at_idx on post (retracted_at) where state = 'retracted';
create index release_taken_back_at_idx on release (taken_back_at) where taken_back_at is not null;
alter table rendition add column is_vacated boolean not null default false;
comment on column rendition.is_vacated is 'It holds what was retracted or taken back, and no delivery that could still be sent stands on it.';

-- What a draft would do, as it was planned when it was checked ---------------------------------------------------------
alter table edition add column checked_plan jsonb;
comment on column edition.checked_plan is
  'Recipients, posts and rendition of the digest that most would get, when its digests were rendered and checked last: a page that asks for a decision plans a million readers no second time.';
