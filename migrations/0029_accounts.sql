-- Accounts have names, of which a newsletter may choose one; which server and login a name has is known to the processes that send, and noted here.
alter table newsletter add column account text;
comment on column newsletter.account is 'The name of the account that its mail goes through; null: the default one. Where no account has that name its mail waits.';

create table mail_account (
  name text not null,
  account text not null,
  constraint mail_account_pkey primary key (name)
);
comment on table mail_account is 'Which account (server and login, without a secret) a name has, as the last worker that started says: an outage of one holds up the newsletters that chose it, and no other.';
