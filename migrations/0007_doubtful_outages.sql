-- What readers at one domain alone were told of an account holds nobody else up; and what staff were told of is kept apart from what an outage has turned into.

alter table account_outage add column only_at text, add column told_of text;
comment on column account_outage.only_at is
  'In doubt: only readers at this domain were told so, once they were named, whose own server may be what speaks. They wait; others go, and show which it is.';
update account_outage set told_of = trouble where told_at is not null;
alter table account_outage
  add constraint account_outage_told_check check ((told_of is null) = (told_at is null));
comment on column account_outage.told_of is 'Of which trouble staff were told at told_at.';
comment on column account_outage.told_at is
  'When staff were told of it, once; before began_at where they were told of its like a short while before, and are told of this one when the quiet time is over.';
