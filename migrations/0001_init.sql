-- Gazette's tables. The words are those of ARCHITECTURE.md; the rules over the ledger part live in src/ledger/.
-- Constraints are named, code matches on the name. Instants are timestamptz, ids and positions bigint.

-- Installation -------------------------------------------------------------------------------------------------------

create table setting (
  name text constraint setting_pkey primary key,
  value jsonb not null,
  updated_at timestamptz not null default now()
);
comment on table setting is 'Facts about the installation, such as the fingerprint of the address-key secret.';

create table newsletter (
  id bigint generated always as identity constraint newsletter_pkey primary key,
  slug text not null constraint newsletter_slug_key unique constraint newsletter_slug_check check (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  name text not null,
  sender_name text not null,
  sender_address text not null,
  reply_to text,
  postal_address text not null,
  language text not null default 'en',
  colour text not null default '#1f5f8b' constraint newsletter_colour_check check (colour ~ '^#[0-9a-f]{6}$'),
  logo_url text,
  intro text,
  template text not null default 'digest',
  sections jsonb not null default '{}',
  staff_address text,
  is_sample boolean not null default false,
  feed_id text not null default 'urn:uuid:' || gen_random_uuid() constraint newsletter_feed_id_key unique,
  created_at timestamptz not null default now()
);
comment on column newsletter.feed_id is 'The id of its feed (RFC 4287 4.2.6), fixed when the newsletter is made, whatever becomes of its name and address.';
comment on column newsletter.is_sample is 'Mail of the sample newsletter goes to the local outbox whatever SMTP_URL says.';

create table schedule (
  id bigint generated always as identity constraint schedule_pkey primary key,
  newsletter_id bigint not null constraint schedule_newsletter_id_fkey references newsletter on delete cascade,
  name text not null,
  cron text not null,
  time_zone text not null,
  minimum integer not null default 1 constraint schedule_minimum_check check (minimum >= 1),
  maximum integer not null default 12 constraint schedule_maximum_check check (maximum >= 1),
  max_wait interval,
  approval text not null default 'first' constraint schedule_approval_check check (approval in ('first', 'required', 'auto')),
  deadline interval,
  deadline_policy text constraint schedule_deadline_policy_check check (deadline_policy in ('send', 'skip')),
  cadence_since timestamptz not null default now(),
  created_at timestamptz not null default now(),
  removed_at timestamptz,
  constraint schedule_deadline_check check ((deadline is null) = (deadline_policy is null))
);
create unique index schedule_name_key on schedule (newsletter_id, name) where removed_at is null;
comment on column schedule.cadence_since is 'When it got its present cron expression and time zone: slots of a cadence from before are none.';
comment on column schedule.max_wait is 'How long the oldest matching post may wait for the minimum, from its release; null waits for ever.';
comment on column schedule.deadline is 'How long after composing a draft that needs approval may wait before deadline_policy decides.';

-- Sources and posts --------------------------------------------------------------------------------------------------

create table source (
  id bigint generated always as identity constraint source_pkey primary key,
  url text not null constraint source_url_key unique,
  kind text not null default 'feed' constraint source_kind_check check (kind in ('feed', 'wordpress', 'json')),
  mapping jsonb,
  title text,
  site_url text,
  language text,
  time_zone text,
  state text not null default 'active' constraint source_state_check check (state in ('active', 'paused', 'gone', 'removed')),
  first_read text not null default 'known' constraint source_first_read_check check (first_read ~ '^(known|release|latest:[1-9][0-9]{0,5})$'),
  first_read_at timestamptz,
  guard_limit integer not null default 20 constraint source_guard_limit_check check (guard_limit >= 1),
  etag text,
  last_modified text,
  body_hash text,
  poll_hints jsonb,
  next_poll_at timestamptz not null default now(),
  last_polled_at timestamptz,
  last_read_at timestamptz,
  api_read_at timestamptz,
  polling_until timestamptz,
  last_outcome text,
  last_reason text,
  failure_count integer not null default 0,
  permanent_url text,
  permanent_seen_count integer not null default 0,
  created_at timestamptz not null default now()
);
comment on column source.etag is 'Validators belong to url: both are cleared when it changes.';
comment on column source.poll_hints is 'What the document last said about when to read it: it counts after a 304 too.';
comment on column source.state is 'A removed source is not read any more; its posts stay where they are.';
comment on column source.last_read_at is 'The last read that was understood or unchanged: what changed since is asked for.';
comment on column source.polling_until is 'A process reads the source at present and claims it until then; one that died gives it free by time.';
comment on column source.api_read_at is 'When the REST API of a WordPress site answered last. What its feed says of posts counts only when the API has been closed for a while.';
comment on column source.permanent_url is 'Where 301/308 point; becomes url after it was seen often enough.';

create table newsletter_source (
  newsletter_id bigint not null constraint newsletter_source_newsletter_id_fkey references newsletter on delete cascade,
  source_id bigint not null constraint newsletter_source_source_id_fkey references source on delete cascade,
  joined_at timestamptz not null default now(),
  constraint newsletter_source_pkey primary key (newsletter_id, source_id)
);
create index newsletter_source_source_id_idx on newsletter_source (source_id);

create table newsletter_rule (
  id bigint generated always as identity constraint newsletter_rule_pkey primary key,
  newsletter_id bigint not null constraint newsletter_rule_newsletter_id_fkey references newsletter on delete cascade,
  effect text not null constraint newsletter_rule_effect_check check (effect in ('include', 'exclude')),
  field text not null constraint newsletter_rule_field_check check (field in ('source', 'category', 'tag', 'author', 'title')),
  pattern text not null,
  constraint newsletter_rule_key unique (newsletter_id, effect, field, pattern)
);
comment on table newsletter_rule is 'Which posts of its sources a newsletter takes: any exclude keeps a post out; where includes exist, one must hold.';

create table topic (
  id bigint generated always as identity constraint topic_pkey primary key,
  slug text not null constraint topic_slug_key unique,
  name text not null,
  ordinal integer not null default 0,
  is_hidden boolean not null default false
);

create table newsletter_topic (
  newsletter_id bigint not null constraint newsletter_topic_newsletter_id_fkey references newsletter on delete cascade,
  topic_id bigint not null constraint newsletter_topic_topic_id_fkey references topic on delete cascade,
  ordinal integer not null,
  constraint newsletter_topic_pkey primary key (newsletter_id, topic_id)
);
comment on table newsletter_topic is 'A newsletter''s own order of topics, where it differs from topic.ordinal.';

create table category (
  id bigint generated always as identity constraint category_pkey primary key,
  slug text not null,
  name text not null,
  kind text not null default 'category' constraint category_kind_check check (kind in ('category', 'tag')),
  decision text not null default 'pending' constraint category_decision_check check (decision in ('pending', 'mapped', 'ignored')),
  topic_id bigint constraint category_topic_id_fkey references topic on delete set null,
  first_seen_at timestamptz not null default now(),
  constraint category_slug_key unique (kind, slug)
);
create index category_topic_id_idx on category (topic_id);
comment on column category.decision is 'A new category waits for staff; it is never offered to subscribers by itself.';

create table post (
  id bigint generated always as identity constraint post_pkey primary key,
  tag_id text not null constraint post_tag_id_key unique,
  state text not null constraint post_state_check check (state in ('known', 'held', 'released', 'retracted')),
  state_before_retraction text,
  reason text,
  revision integer not null default 1,
  published_at timestamptz,
  stored_at timestamptz not null default now(),
  retracted_at timestamptz
);
comment on column post.tag_id is 'The entry id in our feeds, a tag: URI (RFC 4151), fixed when the post is first stored.';
comment on column post.published_at is 'As the source says; null where it says nothing plausible. Plays no part in selection.';

create table post_revision (
  post_id bigint not null constraint post_revision_post_id_fkey references post on delete cascade,
  revision integer not null,
  content_hash text not null,
  title text not null,
  url text,
  html text not null,
  summary text not null,
  authors jsonb not null default '[]',
  image jsonb,
  attachments jsonb not null default '[]',
  language text,
  updated_at timestamptz,
  stored_at timestamptz not null default now(),
  constraint post_revision_pkey primary key (post_id, revision)
);
comment on column post_revision.title is 'May be empty: what is shown then is decided when a digest is rendered.';

create table post_source (
  source_id bigint not null constraint post_source_source_id_fkey references source on delete cascade,
  entry_id text not null,
  post_id bigint not null constraint post_source_post_id_fkey references post on delete cascade,
  content_hash text not null,
  is_lead boolean not null default true,
  seen_at timestamptz not null default now(),
  constraint post_source_pkey primary key (source_id, entry_id)
);
create index post_source_post_id_idx on post_source (post_id);
comment on column post_source.content_hash is 'Of the entry as stated: while it is the same, the entry is not looked at again.';
comment on column post_source.is_lead is 'The post says what its lead source states; the others give categories.';
comment on table post_source is 'Identity: source + entry id. The same post from several sources has a row for each.';

create table post_key (
  kind text not null constraint post_key_kind_check check (kind in ('guid', 'url', 'fingerprint')),
  key text not null,
  post_id bigint not null constraint post_key_post_id_fkey references post on delete cascade,
  constraint post_key_pkey primary key (kind, key)
);
create index post_key_post_id_idx on post_key (post_id);
comment on table post_key is 'What recognises a post that another source states too: guid, canonical URL, then fingerprint.';

create table post_category (
  post_id bigint not null constraint post_category_post_id_fkey references post on delete cascade,
  category_id bigint not null constraint post_category_category_id_fkey references category on delete cascade,
  constraint post_category_pkey primary key (post_id, category_id)
);
create index post_category_category_id_idx on post_category (category_id);

create table post_topic (
  post_id bigint not null constraint post_topic_post_id_fkey references post on delete cascade,
  topic_id bigint not null constraint post_topic_topic_id_fkey references topic on delete cascade,
  constraint post_topic_pkey primary key (post_id, topic_id)
);
create index post_topic_topic_id_idx on post_topic (topic_id);
comment on table post_topic is 'Derived from post_category and the map of categories; kept so that a gain is seen and can be offered.';

-- Subscribers --------------------------------------------------------------------------------------------------------

create table subscriber (
  id bigint generated always as identity constraint subscriber_pkey primary key,
  address text,
  address_key text constraint subscriber_address_key_key unique,
  name text,
  created_at timestamptz not null default now(),
  erased_at timestamptz,
  constraint subscriber_address_check check ((address is null) = (address_key is null) and (erased_at is null) = (address is not null))
);
comment on column subscriber.address_key is 'Keyed hash of the normal form; null with the address once the person is erased.';

create table subscription (
  id bigint generated always as identity constraint subscription_pkey primary key,
  subscriber_id bigint not null constraint subscription_subscriber_id_fkey references subscriber,
  newsletter_id bigint not null constraint subscription_newsletter_id_fkey references newsletter,
  schedule_id bigint not null constraint subscription_schedule_id_fkey references schedule,
  state text not null constraint subscription_state_check check (state in ('pending', 'active', 'left')),
  topics bigint[],
  language text not null,
  format text not null default 'html' constraint subscription_format_check check (format in ('html', 'text')),
  local_hour smallint constraint subscription_local_hour_check check (local_hour between 0 and 23),
  time_zone text,
  paused_until timestamptz,
  token_version integer not null default 1,
  created_at timestamptz not null default now(),
  activated_at timestamptz,
  left_at timestamptz,
  constraint subscription_person_key unique (subscriber_id, newsletter_id),
  constraint subscription_local_hour_zone_check check (local_hour is null or time_zone is not null)
);
create index subscription_schedule_id_idx on subscription (schedule_id, id);
create index subscription_newsletter_id_idx on subscription (newsletter_id, id);
comment on column subscription.topics is 'Sorted topic ids; null follows all, also future topics and posts without one.';
comment on column subscription.paused_until is 'Null: not paused; infinity: until the reader comes back.';

create table consent_event (
  id bigint generated always as identity constraint consent_event_pkey primary key,
  subscription_id bigint not null constraint consent_event_subscription_id_fkey references subscription,
  kind text not null,
  at timestamptz not null default now(),
  source text not null,
  wording text,
  details jsonb not null default '{}'
);
create index consent_event_subscription_id_idx on consent_event (subscription_id);
comment on table consent_event is 'Append-only: what a person agreed to or withdrew, when, from where, in which wording.';

create table suppression (
  address_key text constraint suppression_pkey primary key,
  reason text not null constraint suppression_reason_check check (reason in ('bounced', 'complained', 'unreachable', 'staff')),
  source text not null,
  at timestamptz not null default now()
);
comment on table suppression is 'Addresses never to be mailed, by keyed hash; outlives the subscriber.';

create table erased_address (
  address_key text constraint erased_address_pkey primary key,
  at timestamptz not null default now()
);
comment on table erased_address is 'People who were erased, by keyed hash: an import does not bring them back, only their own confirmation does.';

-- The ledger (written by src/ledger only) ----------------------------------------------------------------------------

create table release_counter (
  only_row boolean constraint release_counter_pkey primary key default true constraint release_counter_only_row_check check (only_row),
  last_position bigint not null
);
insert into release_counter (last_position) values (0);
comment on table release_counter is 'Locked until commit by whoever releases: no later commit appears below a position already passed.';

create table release (
  position bigint constraint release_pkey primary key,
  post_id bigint not null constraint release_post_id_fkey references post on delete cascade,
  kind text not null constraint release_kind_check check (kind in ('post', 'correction')),
  revision integer not null,
  note text,
  released_at timestamptz not null default now(),
  constraint release_note_check check (note is null or kind = 'correction')
);
create unique index release_post_key on release (post_id) where kind = 'post';
create index release_post_id_idx on release (post_id);

create table offer (
  id bigint generated always as identity constraint offer_pkey primary key,
  post_id bigint not null constraint offer_post_id_fkey references post on delete cascade,
  kind text not null constraint offer_kind_check check (kind in ('topic', 'unretracted')),
  topic_id bigint constraint offer_topic_id_fkey references topic on delete cascade,
  recorded_at timestamptz not null default now(),
  held_at timestamptz,
  applied_at timestamptz
);
create index offer_open_idx on offer (id) where applied_at is null;

create table subscription_cursor (
  subscription_id bigint constraint subscription_cursor_pkey primary key
    constraint subscription_cursor_subscription_id_fkey references subscription,
  cursor bigint not null,
  owed bigint[] not null default '{}',
  since bigint not null
) with (fillfactor = 50);
comment on table subscription_cursor is 'What a subscription is accounted for up to, and what it is still to be sent at or below that. Fillfactor: all updates stay HOT.';

create table edition (
  id bigint generated always as identity constraint edition_pkey primary key,
  newsletter_id bigint not null constraint edition_newsletter_id_fkey references newsletter,
  schedule_id bigint not null constraint edition_schedule_id_fkey references schedule,
  slot_at timestamptz,
  state text not null constraint edition_state_check
    check (state in ('draft', 'held', 'approved', 'sending', 'paused', 'done', 'skipped', 'cancelled')),
  reason text,
  by_hand boolean not null default false,
  cutoff bigint not null,
  previous_cutoff bigint not null,
  minimum integer not null,
  maximum integer not null,
  max_wait interval,
  subject text,
  preheader text,
  note text,
  gates jsonb not null default '[]',
  repairs jsonb not null default '[]',
  archive_rendition_id bigint,
  frozen_upto bigint not null default 0,
  freeze_run integer not null default 0,
  state_before_pause text,
  decide_by timestamptz,
  composed_at timestamptz not null default now(),
  approved_at timestamptz,
  approved_by text,
  approved_sender text,
  frozen_at timestamptz,
  ended_at timestamptz,
  pruned_at timestamptz,
  constraint edition_slot_key unique (schedule_id, slot_at)
);
create index edition_newsletter_id_idx on edition (newsletter_id, id);
create unique index edition_approved_key on edition (newsletter_id) where state = 'approved';
create unique index edition_draft_key on edition (schedule_id) where state in ('draft', 'held');
create index edition_open_idx on edition (id) where ended_at is null;
comment on column edition.frozen_upto is 'The last subscription id that a committed chunk of the freeze has passed.';
comment on column edition.freeze_run is 'How often it became approved: a freeze that was paused and resumed by somebody else meanwhile has outdated facts, and stops.';
comment on column edition.pruned_at is 'Its deliveries were deleted: who got its posts is not known any more, so they are never offered again.';
comment on column edition.approved_sender is 'The newsletter''s address when it was approved. Its domain is that of the Message-IDs, which stay the same for every attempt.';
comment on column edition.previous_cutoff is 'The cutoff of the schedule''s edition before: the archive page shows the posts above it.';

create table edition_post (
  edition_id bigint not null constraint edition_post_edition_id_fkey references edition on delete cascade,
  position bigint not null constraint edition_post_position_fkey references release,
  post_id bigint not null,
  kind text not null constraint edition_post_kind_check check (kind in ('post', 'correction')),
  revision integer not null,
  topics bigint[] not null,
  rank integer,
  is_pinned_first boolean not null default false,
  is_left_out boolean not null default false,
  constraint edition_post_pkey primary key (edition_id, position)
);
create index edition_post_position_idx on edition_post (position);
comment on column edition_post.revision is 'Pinned: what was seen at approval is what goes (P5).';
comment on column edition_post.is_left_out is 'Staff leave the post for the next edition: it is put in owed, not sent.';

create table rendition (
  id bigint generated always as identity constraint rendition_pkey primary key,
  edition_id bigint not null constraint rendition_edition_id_fkey references edition on delete cascade,
  language text not null,
  positions bigint[] not null,
  revisions integer[] not null,
  subject text not null,
  preheader text not null,
  html text not null,
  plain text not null,
  repairs jsonb not null default '[]',
  rendered_at timestamptz not null default now()
);
-- By hashes, because an entry of an index has room for some hundred positions only, and who comes back from a long pause is owed more.
create unique index rendition_content_key on rendition
  (edition_id, language, hash_array_extended(positions, 0), hash_array_extended(positions, 1), hash_array_extended(revisions, 0));
comment on column rendition.positions is 'The releases in it, ascending; what a delivery carries is read from here.';

alter table edition add constraint edition_archive_rendition_id_fkey foreign key (archive_rendition_id) references rendition;

create table worker (
  id bigint generated always as identity constraint worker_pkey primary key,
  host text not null,
  pid integer not null,
  started_at timestamptz not null default now(),
  alive_until timestamptz not null,
  ended_at timestamptz
);
comment on table worker is 'Each start of a delivery worker is a new row; what a dead one had claimed becomes in doubt.';

-- No foreign keys: a freeze writes a million rows at once, and checking each of them three times doubled its cost and dirtied every row of
-- subscription (measured). Editions and subscriptions are deleted only with their newsletter, deliveries first.
create table delivery (
  id bigint generated always as identity constraint delivery_pkey primary key,
  edition_id bigint not null,
  subscription_id bigint not null,
  rendition_id bigint not null,
  state text not null default 'queued' constraint delivery_state_check
    check (state in ('queued', 'sending', 'accepted', 'rejected', 'in_doubt', 'superseded', 'expired', 'cancelled', 'suppressed')),
  reason text,
  due_at timestamptz not null,
  attempts integer not null default 0,
  doubts integer not null default 0,
  first_attempt_at timestamptz,
  doubted_at timestamptz,
  worker_id bigint,
  ended_at timestamptz,
  reply text,
  constraint delivery_person_key unique (edition_id, subscription_id)
) with (fillfactor = 70);
create index delivery_subscription_id_idx on delivery (subscription_id);
comment on table delivery is 'One edition to one subscriber: the ledger. No index mentions state, due_at or worker_id: every update of a send must be HOT.';

create table attempt (
  id bigint generated always as identity constraint attempt_pkey primary key,
  delivery_id bigint not null constraint attempt_delivery_id_fkey references delivery on delete cascade,
  at timestamptz not null default now(),
  outcome text not null constraint attempt_outcome_check check (outcome in ('deferred', 'in_doubt')),
  reply text
);
create index attempt_delivery_id_idx on attempt (delivery_id);
comment on table attempt is 'SMTP transactions that did not end their delivery.';

create table delivery_event (
  id bigint generated always as identity constraint delivery_event_pkey primary key,
  delivery_id bigint not null constraint delivery_event_delivery_id_fkey references delivery on delete cascade,
  kind text not null constraint delivery_event_kind_check check (kind in ('bounce_hard', 'bounce_soft', 'complaint', 'resend')),
  at timestamptz not null default now(),
  details jsonb not null default '{}'
);
create index delivery_event_delivery_id_idx on delivery_event (delivery_id);
comment on table delivery_event is 'What became known later; never rewrites the delivery.';

-- Jobs and notices ---------------------------------------------------------------------------------------------------

create table slot (
  job text not null,
  slot_at timestamptz not null,
  taken_at timestamptz not null default now(),
  constraint slot_pkey primary key (job, slot_at)
);
comment on table slot is 'One due moment of a scheduled job, inserted in the transaction that queues it: each happens once.';

create table notice (
  id bigint generated always as identity constraint notice_pkey primary key,
  kind text not null constraint notice_kind_check check (kind in ('confirmation', 'welcome', 'staff', 'test')),
  newsletter_id bigint constraint notice_newsletter_id_fkey references newsletter,
  subscription_id bigint constraint notice_subscription_id_fkey references subscription,
  outlet text not null constraint notice_outlet_check check (outlet in ('smtp', 'outbox')),
  sender_name text not null,
  sender_address text not null,
  reply_to text,
  recipient_name text,
  recipient_address text,
  subject text not null,
  html text not null,
  plain text not null,
  message_id text not null constraint notice_message_id_key unique,
  dedupe_key text constraint notice_dedupe_key_key unique,
  state text not null default 'queued' constraint notice_state_check check (state in ('queued', 'sending', 'sent', 'failed', 'cancelled')),
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  worker_until timestamptz,
  reply text,
  created_at timestamptz not null default now(),
  ended_at timestamptz
);
create index notice_subscription_id_idx on notice (subscription_id);
create index notice_open_idx on notice (next_attempt_at) where state in ('queued', 'sending');
comment on table notice is 'A mail outside the ledger: confirmation, welcome, staff mail, test send.';

create table staff_link (
  id bigint generated always as identity constraint staff_link_pkey primary key,
  edition_id bigint not null constraint staff_link_edition_id_fkey references edition on delete cascade,
  action text not null constraint staff_link_action_check check (action in ('approve', 'skip')),
  expires_at timestamptz not null,
  used_at timestamptz
);
comment on table staff_link is 'A decision that a mailed link may take, once, before it expires.';
