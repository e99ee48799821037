alter table notice add column account_refused_at timestamptz;
comment on column notice.account_refused_at is
  'When the account was last refused for it; if others went since, and it is refused again, then it is the reader''s server that names us.';
