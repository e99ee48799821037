-- When and where what a post tells of takes place, as its source states it.

alter table post_revision add column event jsonb;
comment on column post_revision.event is
  'start and end as a day, a local time or an instant, place, and isPublication where the source states it as the date of publication too; null for what is no event.';
