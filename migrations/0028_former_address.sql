-- Addresses that people had before: by one of them nobody is brought back but by their own confirmation (P3). And to whom a notice goes, since that need
-- not be the address that the person has now. Nothing was written here before.
create table former_address (
  address_key text not null,
  subscriber_id bigint not null,
  at timestamptz not null,
  constraint former_address_pkey primary key (address_key)
);
create index former_address_subscriber_id_idx on former_address (subscriber_id);
comment on table former_address is 'Addresses that people had before the one that they have now, by keyed hash: neither an import nor staff bring anybody back by one, only a confirmation from there does. An erasure makes them erased addresses.';

alter table subscriber add column address_since timestamptz;
comment on column subscriber.address_since is 'When the address was changed last; what servers answered before says nothing of the one that they have now. Null: never.';

alter table notice add column recipient_key text;
comment on column notice.recipient_key is 'Keyed hash of a subscriber''s address that it goes to, which may be a former or a new one: whether that is suppressed decides. Null: the one that they have.';
update notice n set recipient_key = q.address_key from link_request q where q.notice_id = n.id;
