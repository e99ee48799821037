-- A correction reaches who has the post, and no one else --------------------------------------------------------------

alter table release add column taken_back_at timestamptz, add constraint release_taken_back_check check (taken_back_at is null or kind = 'correction');
comment on column release.taken_back_at is 'When staff took a correction back: whoever was not sent it yet never is.';

alter table offer drop constraint offer_kind_check;
alter table offer add constraint offer_kind_check check (kind in ('topic', 'unretracted', 'correction'));
comment on table offer is
  'What is still to be put into owed: a post that matches only now, to who follows it and passed it; the corrections of a post, to who has it in an older text.';

comment on table subscription_cursor is
  'What a subscription is accounted for up to, and what it is still to be sent beside that: posts at or below it, corrections wherever they lie. Fillfactor: all updates stay HOT.';

-- Corrections were for everybody who passed them: those that somebody active was not sent yet are applied anew, to the holders of the post.
insert into offer (post_id, kind)
select distinct l.post_id, 'correction' from release l join post p on p.id = l.post_id
where l.kind = 'correction' and p.state = 'released'
  and (l.position > (select min(c.cursor) from subscription_cursor c join subscription s on s.id = c.subscription_id where s.state = 'active')
    or exists (select from subscription_cursor c where l.position = any(c.owed)))
order by l.post_id;
update subscription_cursor c
set owed = (select coalesce(array_agg(p order by p), '{}') from unnest(c.owed) as p
            where not exists (select from release l where l.position = p and l.kind = 'correction'))
where c.owed <> '{}' and exists (select from release l where l.position = any(c.owed) and l.kind = 'correction');
