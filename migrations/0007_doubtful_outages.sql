-- What one message alone was told of an account holds nobody else up; and what staff were told of is kept apart from what an outage has turned into.

alter table account_outage add column is_in_doubt boolean not null default false, add column told_of text;
comment on column account_outage.is_in_doubt is
  'One message alone was told so, once its reader was named, whose own server may be what speaks: that message waits, others go and show who it is.';
update account_outage set told_of = trouble where told_at is not null;
alter table account_outage
  add constraint account_outage_told_check check ((told_of is null) = (told_at is null));
comment on column account_outage.told_of is 'Of which trouble staff were told at told_at.';
comment on column account_outage.told_at is
  'When staff were told of it, once; before began_at where they were told of its like a short while before, and are told of this one when the quiet time is over.';
