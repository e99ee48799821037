-- What accounts were given, counted for all workers together. A worker takes a block of about a second's messages in a short statement and counts within it by
-- itself; a row is all there is of an account, and of a day it keeps 50 numbers.
create table account_rate (
  account text not null,
  version bigint not null,
  next_at timestamptz not null,
  hour_slot bigint not null,
  hour_counts integer[] not null,
  day_slot bigint not null,
  day_counts integer[] not null,
  learned_per_second double precision,
  learned_at timestamptz not null,
  answered_at timestamptz not null,
  used_up_until timestamptz,
  constraint account_rate_pkey primary key (account)
);
comment on table account_rate is 'What an account (server and login) was given by all workers together, and how fast it may be fed after it refused a rate.';
comment on column account_rate.version is 'Counts changes: a change is written only over what it was made from.';
comment on column account_rate.next_at is 'When the next message may start: what was given before takes until then.';
comment on column account_rate.hour_slot is 'Number of the span of two minutes that hour_counts begins with; they go back from there.';
comment on column account_rate.day_slot is 'Number of the span of half an hour that day_counts begins with; they go back from there.';
comment on column account_rate.learned_per_second is 'Messages a second at most, after a rate was refused; null while none was, or when it has recovered.';
comment on column account_rate.learned_at is 'When that was halved or grew last.';
comment on column account_rate.answered_at is 'When the last message was claimed of which it is known that the account let it through.';
comment on column account_rate.used_up_until is 'Until when an hour or a day has nothing left, as whoever asked last was told; null where they were given something.';
