create table former_sender (
  newsletter_id bigint not null constraint former_sender_newsletter_id_fkey references newsletter on delete cascade,
  address text not null,
  used_until timestamptz not null,
  constraint former_sender_pkey primary key (newsletter_id, address)
);
comment on table former_sender is
  'Addresses that newsletters sent as before: what waited while one of them was refused is older by the clock only, also once staff have changed it.';
comment on column former_sender.used_until is 'When it was changed, the last time; a later outage of that address is nothing to the newsletter.';
