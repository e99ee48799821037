-- Sign-ups by the public form. What a form sends is stored and handled by a job, so that the answer depends on nothing that is known of an address;
-- a row goes when it was handled, stays `held` when there are more sign-ups at once than people make, and expires with the confirmations.
create table sign_up (
  id bigint generated always as identity constraint sign_up_pkey primary key,
  newsletter_id bigint not null constraint sign_up_newsletter_id_fkey references newsletter on delete cascade,
  address text not null,
  address_key text not null,
  name text,
  schedule_id bigint constraint sign_up_schedule_id_fkey references schedule on delete set null,
  topics bigint[],
  source text not null,
  wording text not null,
  ip inet,
  state text not null default 'received' constraint sign_up_state_check check (state in ('received', 'held', 'released')),
  received_at timestamptz not null default now()
);
comment on table sign_up is 'What a public form sent, until it is handled: in a moment, or once staff release what was held.';
comment on column sign_up.topics is 'Topic ids; null follows all.';
comment on column sign_up.ip is 'Only where the installation keeps it, for the log of consent.';
create index sign_up_address_key_idx on sign_up (address_key);

-- The ceiling counts requests of the last hour and month; confirmations are counted by subscription.
create index consent_event_requested_idx on consent_event (at) where kind = 'requested';

-- Limits that all processes share, as rate-limiter-flexible writes them. A key is a keyed hash: neither addresses nor IPs stand here.
create table rate_limit (
  key varchar(255) constraint rate_limit_pkey primary key,
  points integer not null default 0,
  expire bigint
);
comment on table rate_limit is 'How often something was tried, by keyed hash of who tried, until when.';
comment on column rate_limit.expire is 'Milliseconds since 1970.';

alter table newsletter add column privacy_url text, add column welcome text, add column thanks_hosts text[] not null default '{}';
comment on column newsletter.privacy_url is 'The privacy notice that the sign-up page links; without one nobody can sign up there.';
comment on column newsletter.welcome is 'What the welcome says, as Liquid; null for the words of the language.';
comment on column newsletter.thanks_hosts is 'Hosts of pages to which a form may send people once it was sent.';

-- A mail with a person's own link, which they asked for.
alter table notice drop constraint notice_kind_check;
alter table notice add constraint notice_kind_check check (kind in ('confirmation', 'welcome', 'staff', 'test', 'link'));
