-- What staff did, by a command or by a link that was mailed to them: who, what and to which rows, and nothing else. An erasure could not reach an address,
-- a name or an argument in a log that holds on to what it says, so none is in it.
create table staff_action (
  id bigint generated always as identity constraint staff_action_pkey primary key,
  at timestamptz not null default now(),
  by_whom text not null,
  action text not null,
  subjects jsonb not null
);
comment on column staff_action.by_whom is 'As somebody says of themselves (--by), else the user of the system; of a mailed link its id.';
comment on column staff_action.action is 'The command without its arguments, such as "posts release".';
comment on column staff_action.subjects is 'Ids by what they are of: {"post": ["41", "42"]}.';

create function keep_staff_action() returns trigger language plpgsql as $$
begin
  raise exception 'staff_action is append-only' using errcode = 'restrict_violation', constraint = 'staff_action_append_only';
end
$$;
create trigger staff_action_append_only before update or delete on staff_action for each row execute function keep_staff_action();
create trigger staff_action_no_truncate before truncate on staff_action for each statement execute function keep_staff_action();

alter table newsletter add column closed_at timestamptz;
comment on column newsletter.closed_at is 'Since when it is closed: it has a past, and no future until it is opened again.';
