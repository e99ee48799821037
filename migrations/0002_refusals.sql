-- Whose fault a refusal is: what was given back is a fact of the delivery, refusals are counted, and an account that was refused stands still.

alter table delivery add column given_back boolean not null default false;
comment on column delivery.given_back is 'Its posts are owed again, or travel in the delivery that superseded it: whoever asks what a reader has reads this, no list of reasons.';

update delivery set given_back = true
where doubted_at is null
  and (state in ('superseded', 'expired') or state = 'cancelled' and reason in ('edition', 'paused') or state = 'rejected' and reason = 'policy');

alter table edition add column resumed_at timestamptz;
comment on column edition.resumed_at is 'When it last went on after a pause: refusals from before it do not pause it again.';

create table refusal (
  delivery_id bigint constraint refusal_pkey primary key constraint refusal_delivery_id_fkey references delivery on delete cascade,
  edition_id bigint not null,
  subject text not null constraint refusal_subject_check check (subject in ('policy', 'message', 'mailbox', 'address', 'unclear')),
  domain text,
  address_key text,
  at timestamptz not null default now()
);
create index refusal_edition_id_idx on refusal (edition_id, subject, at);
create index refusal_domain_idx on refusal (domain, at) where subject = 'address';
comment on table refusal is 'Deliveries that ended rejected, to be counted: many in one edition pause it, many unknown addresses at one domain in a day are doubted. Kept for a month.';
comment on column refusal.address_key is 'Of an address that was refused and is suppressed for it; null once that was taken back.';

create table account_outage (
  id bigint generated always as identity constraint account_outage_pkey primary key,
  account text not null,
  sender text,
  trouble text not null
    constraint account_outage_trouble_check check (trouble in ('unreachable', 'connections', 'login', 'sender', 'rate', 'quota')),
  reply text not null,
  began_at timestamptz not null default now(),
  next_try_at timestamptz not null,
  try_count integer not null default 1,
  told_at timestamptz,
  ended_at timestamptz,
  constraint account_outage_sender_check check ((sender is null) = (trouble <> 'sender'))
);
create unique index account_outage_open_key on account_outage (account, coalesce(sender, '')) where ended_at is null;
create index account_outage_ended_at_idx on account_outage (ended_at);
comment on table account_outage is 'An account that was refused, not a message or its reader: it stands still until next_try_at, for all workers. Kept as intervals, because they do not count against the patience of a delivery.';
comment on column account_outage.sender is 'The From address that was refused, where others go on; null: the whole account.';
comment on column account_outage.told_at is 'When staff were told of it, once; also where they were told of its like a short while before.';
