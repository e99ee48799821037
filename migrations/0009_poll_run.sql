-- A claim on a source is renewed while its reading lasts, so the time until which it holds can no longer prove whose it is.

alter table source add column poll_run integer not null default 0;
comment on column source.poll_run is
  'Counts the claims on the source: one that ran out is told from the one that came after it.';
comment on column source.polling_until is
  'A process reads the source at present and claims it until then, again and again while it does; one that died gives it free by time.';
