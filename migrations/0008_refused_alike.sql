-- What most readers of an edition met is no word of their own servers.

alter table edition add column is_refused_alike boolean not null default false;
comment on column edition.is_refused_alike is
  'Most of what was answered of it ended as soft bounces: a relay that refuses us in unknown words, and nothing of its readers. None of them counts towards unreachable.';
