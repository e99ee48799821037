-- Sending that is held: while a row is open no delivery is claimed, by whatever worker. A restored backup begins so, since an old ledger would mail again.
create table sending_hold (
  id bigint generated always as identity constraint sending_hold_pkey primary key,
  cause text not null constraint sending_hold_cause_check check (cause in ('restored', 'staff')),
  reason text not null,
  last_notice_id bigint not null,
  began_at timestamptz not null default now(),
  told_at timestamptz,
  ended_at timestamptz
);
create unique index sending_hold_open_key on sending_hold ((true)) where ended_at is null;
comment on table sending_hold is 'When no delivery may be claimed, and why. Kept as intervals, because they do not count against the patience of a delivery or notice.';
comment on column sending_hold.last_notice_id is 'Notices up to this one wait too, except to staff: what a restored backup still has queued may have been sent long ago.';
