-- A welcome that carries a digest is mail of a list. Those that were queued before go as they would have gone.
alter table notice
  add column is_list_message boolean not null default false;
comment on column notice.is_list_message is 'It carries a digest to a reader of the newsletter: it has the headers of a list, and one click leaves it.';
