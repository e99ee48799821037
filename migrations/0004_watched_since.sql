alter table schedule add column watched_since timestamptz;
comment on column schedule.watched_since is
  'Slots that were taken from then on are told to the outside watch (HEARTBEAT_URL); null while there is none.';
update schedule s set watched_since = (select min(p.taken_at) from slot p where p.job = 'compose:' || s.id and p.pinged is not null);
