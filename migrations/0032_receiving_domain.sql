-- What receiving domains are given, and which of them stand still: for accounts whose server hands over to the hosts of the readers while we wait. As with
-- accounts, a worker reads a row, decides and writes over what it read; many at once, about once a second.
create table receiving_domain (
  account text not null,
  domain_group text not null,
  version bigint not null,
  trouble text constraint receiving_domain_trouble_check check (trouble in ('limit', 'unreachable')),
  reply text,
  began_at timestamptz,
  refused_at timestamptz,
  held_until timestamptz,
  try_count integer not null,
  next_at timestamptz not null,
  learned_per_second double precision,
  learned_at timestamptz not null,
  answered_at timestamptz not null,
  constraint receiving_domain_pkey primary key (account, domain_group),
  constraint receiving_domain_standing_check check (num_nulls(trouble, reply, began_at, refused_at, held_until) in (0, 5))
);
comment on table receiving_domain is 'A receiving domain (or those of one operator) by an account that delivers to the hosts of its readers itself: what it was given by all workers together, and whether it stands still.';
comment on column receiving_domain.domain_group is 'The first domain of its operator, or the domain itself, in A-labels: never an address.';
comment on column receiving_domain.version is 'Counts changes: a change is written only over what it was made from.';
comment on column receiving_domain.trouble is 'Why it stands still: its host wants less, or nobody comes through to it. Null while it does not.';
comment on column receiving_domain.reply is 'What was said last, without the address.';
comment on column receiving_domain.refused_at is 'When it was refused last: what was claimed before says nothing more.';
comment on column receiving_domain.held_until is 'When one message is tried; others follow once that was answered.';
comment on column receiving_domain.try_count is 'How often it was refused since began_at, those that were refused together counted once.';
comment on column receiving_domain.next_at is 'When the next message may start, where it has a rate.';
comment on column receiving_domain.learned_per_second is 'Messages a second at most, after its host wanted less; null while it did not, or when that has recovered.';
