-- The one confirmation after a bounce --------------------------------------------------------------------------------

alter table suppression
  add column confirmation_notice_id bigint,
  add column confirmation_at timestamptz,
  add constraint suppression_confirmation_check
    check ((confirmation_notice_id is null) = (confirmation_at is null) and (confirmation_notice_id is null or reason = 'bounced'));
-- No foreign key: a notice goes with its newsletter, that the one confirmation was asked for stays.
comment on column suppression.confirmation_notice_id is
  'The one confirmation that may go to an address that bounced long ago, since its owner signed up again; a new bounce takes it back.';

-- The heartbeat ------------------------------------------------------------------------------------------------------

alter table slot
  add column pinged text constraint slot_pinged_check check (pinged in ('went_well', 'failed')),
  add column pinged_at timestamptz,
  add constraint slot_pinged_at_check check ((pinged is null) = (pinged_at is null));
comment on column slot.pinged is 'What the outside watch (HEARTBEAT_URL) was told last about this slot; null while it was told nothing.';

alter table edition
  add column state_since timestamptz,
  add column is_stopped_by_staff boolean not null default false;
comment on column edition.state_since is 'When it was brought into its state; null from before this was written down, and where it ended by itself.';
comment on column edition.is_stopped_by_staff is 'Paused or cancelled by a person and no fault: nothing to be alarmed about.';
