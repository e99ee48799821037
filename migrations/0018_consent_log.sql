-- The log of consent holds on to what it says, whoever writes SQL: it is what staff answer with when somebody asks on what ground they got mail.
-- It outlives the subscription (a sign-up that nobody confirmed is forgotten, and its events stay, as ids), so it refers to it by id only.
alter table consent_event drop constraint consent_event_subscription_id_fkey;
alter table consent_event add column ip inet;
comment on column consent_event.ip is 'From where a form was sent, only where the installation is set to keep it; the one thing of an event that goes, with an erasure.';

create function keep_consent_event() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if new.ip is null and to_jsonb(new) - 'ip' = to_jsonb(old) - 'ip' then
      return new;
    end if;
  elsif tg_op = 'DELETE' then
    -- The invented readers of the sample agreed to nothing.
    if exists (select from subscription s join newsletter n on n.id = s.newsletter_id where s.id = old.subscription_id and n.is_sample) then
      return old;
    end if;
  end if;
  raise exception 'consent_event is append-only' using errcode = 'restrict_violation', constraint = 'consent_event_append_only';
end
$$;
create trigger consent_event_append_only before update or delete on consent_event for each row execute function keep_consent_event();
create trigger consent_event_no_truncate before truncate on consent_event for each statement execute function keep_consent_event();
