-- What people ask for on pages of their own. A request is stored and answered by a job, so that the page says the same to everybody, and as fast.
alter table subscriber add column token_version integer not null default 1;
comment on column subscriber.token_version is 'Raised with the address: links that went to the old one alone work no more.';

create table link_request (
  id bigint generated always as identity constraint link_request_pkey primary key,
  kind text not null constraint link_request_kind_check check (kind in ('link', 'address')),
  newsletter_id bigint not null constraint link_request_newsletter_id_fkey references newsletter on delete cascade,
  subscriber_id bigint constraint link_request_subscriber_id_fkey references subscriber on delete cascade,
  address text,
  address_key text,
  notice_id bigint constraint link_request_notice_id_fkey references notice on delete set null,
  state text not null default 'received' constraint link_request_state_check check (state in ('received', 'mailed')),
  received_at timestamptz not null default now(),
  constraint link_request_address_check check (
    (address is null) = (address_key is null) and (address is not null or subscriber_id is not null) and (kind = 'link' or address is not null))
);
comment on table link_request is 'Somebody wants their link mailed (link), or their mail elsewhere (address): goes when it was answered, or a day later.';
comment on column link_request.address is 'As typed: of who wants their link, or the new one.';
comment on column link_request.notice_id is 'The mail to the new address; not sent where that is suppressed by then.';
create index link_request_address_key_idx on link_request (address_key);
create index link_request_subscriber_id_idx on link_request (subscriber_id);
create index link_request_notice_id_idx on link_request (notice_id);

create table leaving_reason (
  id bigint generated always as identity constraint leaving_reason_pkey primary key,
  newsletter_id bigint not null constraint leaving_reason_newsletter_id_fkey references newsletter on delete cascade,
  event_id bigint constraint leaving_reason_event_id_key unique,
  reason text not null constraint leaving_reason_reason_check
    check (reason in ('too_many', 'not_relevant', 'never_asked', 'elsewhere', 'other')),
  words text,
  at timestamptz not null default now()
);
comment on table leaving_reason is 'Why people left, where they say so. Of an erased person only that somebody gave this reason.';
comment on column leaving_reason.event_id is 'The consent event that is the leaving; null once the person is erased.';

create table leaving_burst (
  id bigint generated always as identity constraint leaving_burst_pkey primary key,
  newsletter_id bigint not null constraint leaving_burst_newsletter_id_fkey references newsletter on delete cascade,
  began_at timestamptz not null default now(),
  last_at timestamptz not null default now(),
  count integer not null default 1
);
comment on table leaving_burst is 'Many one-click leavings from one network within minutes: a scanner that posts, or one that does not like us. Shown to staff, and nothing else comes of it.';
create index leaving_burst_newsletter_id_idx on leaving_burst (newsletter_id, last_at);
