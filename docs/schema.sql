-- The tables, dumped from a migrated database by `npm run schema`. What is written by hand are the files in migrations/.

create table account_outage (
  id bigint generated always as identity not null,
  account text not null,
  sender text,
  trouble text not null,
  reply text not null,
  began_at timestamp with time zone default now() not null,
  next_try_at timestamp with time zone not null,
  try_count integer default 1 not null,
  told_at timestamp with time zone,
  ended_at timestamp with time zone,
  only_at text,
  told_of text,
  constraint account_outage_pkey PRIMARY KEY (id),
  constraint account_outage_sender_check CHECK (((sender IS NULL) = (trouble <> 'sender'::text))),
  constraint account_outage_told_check CHECK (((told_of IS NULL) = (told_at IS NULL))),
  constraint account_outage_trouble_check CHECK ((trouble = ANY (ARRAY['unreachable'::text, 'connections'::text, 'login'::text, 'sender'::text, 'rate'::text, 'quota'::text])))
);
CREATE INDEX account_outage_ended_at_idx ON public.account_outage USING btree (ended_at);
CREATE UNIQUE INDEX account_outage_open_key ON public.account_outage USING btree (account, COALESCE(sender, ''::text)) WHERE (ended_at IS NULL);
comment on table account_outage is 'An account that was refused, not a message or its reader: it stands still until next_try_at, for all workers. Kept as intervals, because they do not count against the patience of a delivery.';
comment on column account_outage.sender is 'The From address that was refused, where others go on; null: the whole account.';
comment on column account_outage.told_at is 'When staff were told of it, once; before began_at where they were told of its like a short while before, and are told of this one when the quiet time is over.';
comment on column account_outage.only_at is 'In doubt: only readers at this domain were told so, once they were named, whose own server may be what speaks. They wait; others go, and show which it is.';
comment on column account_outage.told_of is 'Of which trouble staff were told at told_at.';

create table account_rate (
  account text not null,
  version bigint not null,
  next_at timestamp with time zone not null,
  hour_slot bigint not null,
  hour_counts integer[] not null,
  day_slot bigint not null,
  day_counts integer[] not null,
  learned_per_second double precision,
  learned_at timestamp with time zone not null,
  answered_at timestamp with time zone not null,
  used_up_until timestamp with time zone,
  constraint account_rate_pkey PRIMARY KEY (account)
);
comment on table account_rate is 'What an account (server and login) was given by all workers together, and how fast it may be fed after it refused a rate.';
comment on column account_rate.version is 'Counts changes: a change is written only over what it was made from.';
comment on column account_rate.next_at is 'When the next message may start: what was given before takes until then.';
comment on column account_rate.hour_slot is 'Number of the span of two minutes that hour_counts begins with; they go back from there.';
comment on column account_rate.day_slot is 'Number of the span of half an hour that day_counts begins with; they go back from there.';
comment on column account_rate.learned_per_second is 'Messages a second at most, after a rate was refused; null while none was, or when it has recovered.';
comment on column account_rate.learned_at is 'When that was halved or grew last.';
comment on column account_rate.answered_at is 'When the last message was claimed of which it is known that the account let it through.';
comment on column account_rate.used_up_until is 'Until when an hour or a day has nothing left, as whoever asked last was told; null where they were given something.';

create table attempt (
  id bigint generated always as identity not null,
  delivery_id bigint not null,
  at timestamp with time zone default now() not null,
  outcome text not null,
  reply text,
  edition_id bigint,
  constraint attempt_pkey PRIMARY KEY (id),
  constraint attempt_outcome_check CHECK ((outcome = ANY (ARRAY['deferred'::text, 'in_doubt'::text, 'last_doubt'::text])))
);
CREATE INDEX attempt_delivery_id_idx ON public.attempt USING btree (delivery_id);
CREATE INDEX attempt_doubt_idx ON public.attempt USING btree (edition_id, delivery_id) WHERE (outcome <> 'deferred'::text);
comment on table attempt is 'SMTP transactions that did not end their delivery, and doubts that did (last_doubt): by these an edition''s doubtful deliveries are found.';
comment on column attempt.edition_id is 'Set of doubts alone.';

create table category (
  id bigint generated always as identity not null,
  slug text not null,
  name text not null,
  kind text default 'category'::text not null,
  decision text default 'pending'::text not null,
  topic_id bigint,
  first_seen_at timestamp with time zone default now() not null,
  constraint category_pkey PRIMARY KEY (id),
  constraint category_slug_key UNIQUE (kind, slug),
  constraint category_decision_check CHECK ((decision = ANY (ARRAY['pending'::text, 'mapped'::text, 'ignored'::text]))),
  constraint category_kind_check CHECK ((kind = ANY (ARRAY['category'::text, 'tag'::text])))
);
CREATE INDEX category_topic_id_idx ON public.category USING btree (topic_id);
comment on column category.decision is 'A new category waits for staff; it is never offered to subscribers by itself.';

create table consent_event (
  id bigint generated always as identity not null,
  subscription_id bigint not null,
  kind text not null,
  at timestamp with time zone default now() not null,
  source text not null,
  wording text,
  details jsonb default '{}'::jsonb not null,
  ip inet,
  constraint consent_event_pkey PRIMARY KEY (id)
);
CREATE INDEX consent_event_requested_idx ON public.consent_event USING btree (at) WHERE (kind = 'requested'::text);
CREATE INDEX consent_event_subscription_id_idx ON public.consent_event USING btree (subscription_id);
comment on table consent_event is 'Append-only: what a person agreed to or withdrew, when, from where, in which wording.';
comment on column consent_event.ip is 'From where a form was sent, only where the installation is set to keep it; the one thing of an event that goes, with an erasure.';

create table delivery (
  id bigint generated always as identity not null,
  edition_id bigint not null,
  subscription_id bigint not null,
  rendition_id bigint not null,
  state text default 'queued'::text not null,
  reason text,
  due_at timestamp with time zone not null,
  attempts integer default 0 not null,
  doubts integer default 0 not null,
  first_attempt_at timestamp with time zone,
  doubted_at timestamp with time zone,
  worker_id bigint,
  ended_at timestamp with time zone,
  reply text,
  given_back boolean default false not null,
  constraint delivery_pkey PRIMARY KEY (id),
  constraint delivery_person_key UNIQUE (edition_id, subscription_id),
  constraint delivery_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'sending'::text, 'accepted'::text, 'rejected'::text, 'in_doubt'::text, 'superseded'::text, 'expired'::text, 'cancelled'::text, 'suppressed'::text])))
) with (fillfactor=35);
CREATE INDEX delivery_subscription_id_idx ON public.delivery USING btree (subscription_id);
comment on table delivery is 'One edition to one subscriber: the ledger. No index mentions state, due_at or worker_id: every update of a send must be HOT.';
comment on column delivery.given_back is 'Its posts are owed again, or travel in the delivery that superseded it: whoever asks what a reader has reads this, no list of reasons.';

create table delivery_event (
  id bigint generated always as identity not null,
  delivery_id bigint not null,
  kind text not null,
  at timestamp with time zone default now() not null,
  details jsonb default '{}'::jsonb not null,
  constraint delivery_event_pkey PRIMARY KEY (id),
  constraint delivery_event_kind_check CHECK ((kind = ANY (ARRAY['bounce_hard'::text, 'bounce_soft'::text, 'complaint'::text, 'resend'::text])))
);
CREATE INDEX delivery_event_delivery_id_idx ON public.delivery_event USING btree (delivery_id);
comment on table delivery_event is 'What became known later; never rewrites the delivery.';

create table document_size (
  address_key text not null,
  url text not null,
  length_bytes bigint,
  added_at timestamp with time zone not null,
  asked_at timestamp with time zone,
  constraint document_size_pkey PRIMARY KEY (address_key),
  constraint document_size_length_check CHECK ((length_bytes > 0))
);
CREATE INDEX document_size_unasked_idx ON public.document_size USING btree (added_at) WHERE (asked_at IS NULL);
comment on table document_size is 'Documents of posts whose length no source states, by a hash of their address without stamps.';
comment on column document_size.length_bytes is 'What the server said; null where it said nothing that can be believed.';
comment on column document_size.asked_at is 'When its server was asked; set before it is, so that nobody asks twice. Null: nobody has asked yet.';

create table edition (
  id bigint generated always as identity not null,
  newsletter_id bigint not null,
  schedule_id bigint not null,
  slot_at timestamp with time zone,
  state text not null,
  reason text,
  by_hand boolean default false not null,
  cutoff bigint not null,
  previous_cutoff bigint not null,
  minimum integer not null,
  maximum integer not null,
  max_wait interval,
  subject text,
  preheader text,
  note text,
  gates jsonb default '[]'::jsonb not null,
  repairs jsonb default '[]'::jsonb not null,
  archive_rendition_id bigint,
  frozen_upto bigint default 0 not null,
  freeze_run integer default 0 not null,
  state_before_pause text,
  decide_by timestamp with time zone,
  composed_at timestamp with time zone default now() not null,
  approved_at timestamp with time zone,
  approved_by text,
  approved_sender text,
  frozen_at timestamp with time zone,
  ended_at timestamp with time zone,
  pruned_at timestamp with time zone,
  resumed_at timestamp with time zone,
  state_since timestamp with time zone,
  is_stopped_by_staff boolean default false not null,
  is_refused_alike boolean default false not null,
  delivery_count integer default 0 not null,
  ended_counts jsonb,
  checked_plan jsonb,
  constraint edition_pkey PRIMARY KEY (id),
  constraint edition_slot_key UNIQUE (schedule_id, slot_at),
  constraint edition_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'held'::text, 'approved'::text, 'sending'::text, 'paused'::text, 'done'::text, 'skipped'::text, 'cancelled'::text])))
);
CREATE INDEX edition_newsletter_id_idx ON public.edition USING btree (newsletter_id, id);
CREATE INDEX edition_open_idx ON public.edition USING btree (id) WHERE (ended_at IS NULL);
CREATE UNIQUE INDEX edition_approved_key ON public.edition USING btree (newsletter_id) WHERE (state = 'approved'::text);
CREATE UNIQUE INDEX edition_draft_key ON public.edition USING btree (schedule_id) WHERE (state = ANY (ARRAY['draft'::text, 'held'::text]));
comment on column edition.previous_cutoff is 'The cutoff of the schedule''s edition before: the archive page shows the posts above it.';
comment on column edition.frozen_upto is 'The last subscription id that a committed chunk of the freeze has passed.';
comment on column edition.freeze_run is 'How often it became approved: a freeze that was paused and resumed by somebody else meanwhile has outdated facts, and stops.';
comment on column edition.approved_sender is 'The newsletter''s address when it was approved. Its domain is that of the Message-IDs, which stay the same for every attempt.';
comment on column edition.pruned_at is 'Its deliveries were deleted: who got its posts is not known any more, so they are never offered again.';
comment on column edition.resumed_at is 'When it last went on after a pause: refusals from before it do not pause it again.';
comment on column edition.state_since is 'When it was brought into its state; null from before this was written down, and where it ended by itself.';
comment on column edition.is_stopped_by_staff is 'Paused, cancelled or skipped by a person and no fault: nothing to be alarmed about, and a skipped one passes nothing to who joins.';
comment on column edition.is_refused_alike is 'Most of what was answered of it ended as soft bounces: a relay that refuses us in unknown words, and nothing of its readers. None of them counts towards unreachable.';
comment on column edition.delivery_count is 'How many deliveries its freeze has written.';
comment on column edition.ended_counts is 'How many deliveries were in which state when it ended; null while it is open.';
comment on column edition.checked_plan is 'Recipients, posts and rendition of the digest that most would get, when its digests were rendered and checked last: a page that asks for a decision plans a million readers no second time.';

create table edition_post (
  edition_id bigint not null,
  "position" bigint not null,
  post_id bigint not null,
  kind text not null,
  revision integer not null,
  topics bigint[] not null,
  rank integer,
  is_pinned_first boolean default false not null,
  is_left_out boolean default false not null,
  constraint edition_post_pkey PRIMARY KEY (edition_id, "position"),
  constraint edition_post_kind_check CHECK ((kind = ANY (ARRAY['post'::text, 'correction'::text])))
);
CREATE INDEX edition_post_position_idx ON public.edition_post USING btree ("position");
comment on column edition_post.revision is 'Pinned: what was seen at approval is what goes (P5).';
comment on column edition_post.is_left_out is 'Staff leave the post for the next edition: it is put in owed, not sent.';

create table erased_address (
  address_key text not null,
  at timestamp with time zone default now() not null,
  constraint erased_address_pkey PRIMARY KEY (address_key)
);
comment on table erased_address is 'People who were erased, by keyed hash: an import does not bring them back, only their own confirmation does.';

create table erased_subscription (
  address_key text not null,
  newsletter_id bigint not null,
  at timestamp with time zone default now() not null,
  constraint erased_subscription_pkey PRIMARY KEY (address_key, newsletter_id)
);
comment on table erased_subscription is 'Newsletters that a person had when they were erased, by keyed hash, until they joined each again once: what they got is not known any more, so they begin at the last release.';

create table former_address (
  address_key text not null,
  subscriber_id bigint not null,
  at timestamp with time zone not null,
  constraint former_address_pkey PRIMARY KEY (address_key)
);
CREATE INDEX former_address_subscriber_id_idx ON public.former_address USING btree (subscriber_id);
comment on table former_address is 'Addresses that people had before the one that they have now, by keyed hash: neither an import nor staff bring anybody back by one, only a confirmation from there does. An erasure makes them erased addresses.';

create table former_sender (
  newsletter_id bigint not null,
  address text not null,
  used_until timestamp with time zone not null,
  constraint former_sender_pkey PRIMARY KEY (newsletter_id, address)
);
comment on table former_sender is 'Addresses that newsletters sent as before: what waited while one of them was refused is older by the clock only, also once staff have changed it.';
comment on column former_sender.used_until is 'When it was changed, the last time; a later outage of that address is nothing to the newsletter.';

create table import_mapping (
  header_key text not null,
  columns jsonb not null,
  labels jsonb not null,
  used_at timestamp with time zone not null,
  constraint import_mapping_pkey PRIMARY KEY (header_key)
);
comment on table import_mapping is 'What staff said of the columns and labels of files with one header: it holds for the next file of the same kind.';

create table import_run (
  id bigint generated always as identity not null,
  newsletter_id bigint not null,
  file_key text not null,
  terms_key text not null,
  form text not null,
  taken_as text,
  after_line bigint default 0 not null,
  counts jsonb default '{}'::jsonb not null,
  started_at timestamp with time zone not null,
  ended_at timestamp with time zone,
  constraint import_run_pkey PRIMARY KEY (id),
  constraint import_run_taken_as_check CHECK ((taken_as = ANY (ARRAY['left'::text, 'suppressed'::text])))
);
CREATE INDEX import_run_file_idx ON public.import_run USING btree (newsletter_id, file_key);
CREATE UNIQUE INDEX import_run_open_key ON public.import_run USING btree (newsletter_id, file_key, terms_key) WHERE (ended_at IS NULL);
comment on table import_run is 'An import of one file into one newsletter. It holds no name of a file, no cell and no address: an erasure finds nothing of anybody here.';
comment on column import_run.file_key is 'Keyed hash of the file: a bare one of a short file could be guessed.';
comment on column import_run.terms_key is 'Keyed hash of what staff said with it: other terms are another import.';
comment on column import_run.after_line is 'What stands up to this line is done: in the transaction that did it.';

create table leaving_burst (
  id bigint generated always as identity not null,
  newsletter_id bigint not null,
  began_at timestamp with time zone default now() not null,
  last_at timestamp with time zone default now() not null,
  count integer default 1 not null,
  network text not null,
  constraint leaving_burst_pkey PRIMARY KEY (id),
  constraint leaving_burst_network_key UNIQUE (newsletter_id, network, began_at)
);
CREATE INDEX leaving_burst_newsletter_id_idx ON public.leaving_burst USING btree (newsletter_id, last_at);
comment on table leaving_burst is 'How many left by one click from one network within three minutes. Many at once may be a scanner that posts: shown to staff, and nothing else comes of it. Rows go after two weeks.';
comment on column leaving_burst.network is 'Keyed hash: no IP is stored for it.';

create table leaving_reason (
  id bigint generated always as identity not null,
  newsletter_id bigint not null,
  event_id bigint,
  reason text not null,
  words text,
  at timestamp with time zone default now() not null,
  constraint leaving_reason_pkey PRIMARY KEY (id),
  constraint leaving_reason_event_id_key UNIQUE (event_id),
  constraint leaving_reason_reason_check CHECK ((reason = ANY (ARRAY['too_many'::text, 'not_relevant'::text, 'never_asked'::text, 'elsewhere'::text, 'other'::text])))
);
comment on table leaving_reason is 'Why people left, where they say so. Of an erased person only that somebody gave this reason.';
comment on column leaving_reason.event_id is 'The consent event that is the leaving; null once the person is erased.';

create table link_request (
  id bigint generated always as identity not null,
  kind text not null,
  newsletter_id bigint not null,
  subscriber_id bigint,
  address text,
  address_key text,
  notice_id bigint,
  state text default 'received'::text not null,
  received_at timestamp with time zone default now() not null,
  constraint link_request_pkey PRIMARY KEY (id),
  constraint link_request_address_check CHECK ((((address IS NULL) = (address_key IS NULL)) AND ((address IS NOT NULL) OR (subscriber_id IS NOT NULL)) AND ((kind = 'link'::text) OR (address IS NOT NULL)))),
  constraint link_request_kind_check CHECK ((kind = ANY (ARRAY['link'::text, 'address'::text]))),
  constraint link_request_state_check CHECK ((state = ANY (ARRAY['received'::text, 'mailed'::text])))
);
CREATE INDEX link_request_address_key_idx ON public.link_request USING btree (address_key);
CREATE INDEX link_request_notice_id_idx ON public.link_request USING btree (notice_id);
CREATE INDEX link_request_subscriber_id_idx ON public.link_request USING btree (subscriber_id);
comment on table link_request is 'Somebody wants their link mailed (link), or their mail elsewhere (address): goes when it was answered, or a day later.';
comment on column link_request.address is 'As typed: of who wants their link, or the new one.';
comment on column link_request.notice_id is 'The mail to the new address; not sent where that is suppressed by then.';

create table mail_account (
  name text not null,
  account text not null,
  constraint mail_account_pkey PRIMARY KEY (name)
);
comment on table mail_account is 'Which account (server and login, without a secret) a name has, as the last worker that started says: an outage of one holds up the newsletters that chose it, and no other.';

create table newsletter (
  id bigint generated always as identity not null,
  slug text not null,
  name text not null,
  sender_name text not null,
  sender_address text not null,
  reply_to text,
  postal_address text not null,
  language text default 'en'::text not null,
  colour text default '#1f5f8b'::text not null,
  logo_url text,
  intro text,
  template text default 'digest'::text not null,
  sections jsonb default '{}'::jsonb not null,
  staff_address text,
  is_sample boolean default false not null,
  feed_id text default ('urn:uuid:'::text || gen_random_uuid()) not null,
  created_at timestamp with time zone default now() not null,
  made_at_position bigint default 0 not null,
  closed_at timestamp with time zone,
  privacy_url text,
  welcome text,
  thanks_hosts text[] default '{}'::text[] not null,
  account text,
  constraint newsletter_pkey PRIMARY KEY (id),
  constraint newsletter_feed_id_key UNIQUE (feed_id),
  constraint newsletter_slug_key UNIQUE (slug),
  constraint newsletter_colour_check CHECK ((colour ~ '^#[0-9a-f]{6}$'::text)),
  constraint newsletter_slug_check CHECK ((slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'::text))
);
comment on column newsletter.is_sample is 'Mail of the sample newsletter goes to the local outbox whatever SMTP_URL says.';
comment on column newsletter.feed_id is 'The id of its feed (RFC 4287 4.2.6), fixed when the newsletter is made, whatever becomes of its name and address.';
comment on column newsletter.made_at_position is 'The last position when it was made: where who joins begins as long as no edition has passed anything.';
comment on column newsletter.closed_at is 'Since when it is closed: it has a past, and no future until it is opened again.';
comment on column newsletter.privacy_url is 'The privacy notice that the sign-up page links; without one nobody can sign up there.';
comment on column newsletter.welcome is 'What the welcome says, as Liquid; null for the words of the language.';
comment on column newsletter.thanks_hosts is 'Hosts of pages to which a form may send people once it was sent.';
comment on column newsletter.account is 'The name of the account that its mail goes through; null: the default one. Where no account has that name its mail waits.';

create table newsletter_rule (
  id bigint generated always as identity not null,
  newsletter_id bigint not null,
  effect text not null,
  field text not null,
  pattern text not null,
  constraint newsletter_rule_pkey PRIMARY KEY (id),
  constraint newsletter_rule_key UNIQUE (newsletter_id, effect, field, pattern),
  constraint newsletter_rule_effect_check CHECK ((effect = ANY (ARRAY['include'::text, 'exclude'::text]))),
  constraint newsletter_rule_field_check CHECK ((field = ANY (ARRAY['source'::text, 'category'::text, 'tag'::text, 'author'::text, 'title'::text])))
);
comment on table newsletter_rule is 'Which posts of its sources a newsletter takes: any exclude keeps a post out; where includes exist, one must hold.';

create table newsletter_source (
  newsletter_id bigint not null,
  source_id bigint not null,
  joined_at timestamp with time zone default now() not null,
  constraint newsletter_source_pkey PRIMARY KEY (newsletter_id, source_id)
);
CREATE INDEX newsletter_source_source_id_idx ON public.newsletter_source USING btree (source_id);

create table newsletter_topic (
  newsletter_id bigint not null,
  topic_id bigint not null,
  ordinal integer not null,
  constraint newsletter_topic_pkey PRIMARY KEY (newsletter_id, topic_id)
);
comment on table newsletter_topic is 'A newsletter''s own order of topics, where it differs from topic.ordinal.';

create table notice (
  id bigint generated always as identity not null,
  kind text not null,
  newsletter_id bigint,
  subscription_id bigint,
  outlet text not null,
  sender_name text not null,
  sender_address text not null,
  reply_to text,
  recipient_name text,
  recipient_address text,
  subject text not null,
  html text not null,
  plain text not null,
  message_id text not null,
  dedupe_key text,
  state text default 'queued'::text not null,
  attempts integer default 0 not null,
  next_attempt_at timestamp with time zone default now() not null,
  worker_until timestamp with time zone,
  reply text,
  created_at timestamp with time zone default now() not null,
  ended_at timestamp with time zone,
  account_refused_at timestamp with time zone,
  recipient_key text,
  is_list_message boolean default false not null,
  constraint notice_pkey PRIMARY KEY (id),
  constraint notice_dedupe_key_key UNIQUE (dedupe_key),
  constraint notice_message_id_key UNIQUE (message_id),
  constraint notice_kind_check CHECK ((kind = ANY (ARRAY['confirmation'::text, 'welcome'::text, 'staff'::text, 'test'::text, 'link'::text]))),
  constraint notice_outlet_check CHECK ((outlet = ANY (ARRAY['smtp'::text, 'outbox'::text]))),
  constraint notice_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'sending'::text, 'sent'::text, 'failed'::text, 'cancelled'::text])))
);
CREATE INDEX notice_open_idx ON public.notice USING btree (next_attempt_at) WHERE (state = ANY (ARRAY['queued'::text, 'sending'::text]));
CREATE INDEX notice_subscription_id_idx ON public.notice USING btree (subscription_id);
comment on table notice is 'A mail outside the ledger: confirmation, welcome, staff mail, test send.';
comment on column notice.account_refused_at is 'When the account was last refused for it; if others went since, and it is refused again, then it is the reader''s server that names us.';
comment on column notice.recipient_key is 'Keyed hash of a subscriber''s address that it goes to, which may be a former or a new one: whether that is suppressed decides. Null: the one that they have.';
comment on column notice.is_list_message is 'It carries a digest to a reader of the newsletter: it has the headers of a list, and one click leaves it.';

create table offer (
  id bigint generated always as identity not null,
  post_id bigint not null,
  kind text not null,
  topic_id bigint,
  recorded_at timestamp with time zone default now() not null,
  held_at timestamp with time zone,
  applied_at timestamp with time zone,
  newsletter_id bigint,
  is_unguarded boolean default false not null,
  constraint offer_pkey PRIMARY KEY (id),
  constraint offer_kind_check CHECK ((kind = ANY (ARRAY['topic'::text, 'unretracted'::text, 'correction'::text, 'admitted'::text])))
);
CREATE INDEX offer_open_idx ON public.offer USING btree (id) WHERE (applied_at IS NULL);
comment on table offer is 'What is still to be put into owed: a post that matches only now, to who follows it and passed it; the corrections of a post, to who has it in an older text.';
comment on column offer.newsletter_id is 'Only to readers of this one, which takes the post only now; null: of each that takes it.';
comment on column offer.is_unguarded is 'Made by a merge of topics, which nobody does by mistake: it does not count towards the flood guard.';

create table open_range (
  id bigint generated always as identity not null,
  edition_id bigint not null,
  from_id bigint not null,
  to_id bigint not null,
  due_at timestamp with time zone not null,
  constraint open_range_pkey PRIMARY KEY (id),
  constraint open_range_ids_check CHECK (((from_id <= to_id) AND ((from_id / 1000) = (to_id / 1000))))
);
CREATE INDEX open_range_due_idx ON public.open_range USING btree (edition_id, due_at, from_id);
CREATE INDEX open_range_ids_idx ON public.open_range USING btree (edition_id, from_id, id);
comment on table open_range is 'Ids among which deliveries of an edition may be queued or being sent: each of these lies in a range that is due no later than itself. An attempt moves due_at on only, so that sending writes nothing here; whoever has looked through a range writes what is left of it.';

create table post (
  id bigint generated always as identity not null,
  tag_id text not null,
  state text not null,
  state_before_retraction text,
  reason text,
  revision integer default 1 not null,
  published_at timestamp with time zone,
  stored_at timestamp with time zone default now() not null,
  retracted_at timestamp with time zone,
  constraint post_pkey PRIMARY KEY (id),
  constraint post_tag_id_key UNIQUE (tag_id),
  constraint post_state_check CHECK ((state = ANY (ARRAY['known'::text, 'held'::text, 'released'::text, 'retracted'::text])))
);
CREATE INDEX post_retracted_at_idx ON public.post USING btree (retracted_at) WHERE (state = 'retracted'::text);
comment on column post.tag_id is 'The entry id in our feeds, a tag: URI (RFC 4151), fixed when the post is first stored.';
comment on column post.published_at is 'As the source says; null where it says nothing plausible. Plays no part in selection.';

create table post_category (
  post_id bigint not null,
  category_id bigint not null,
  constraint post_category_pkey PRIMARY KEY (post_id, category_id)
);
CREATE INDEX post_category_category_id_idx ON public.post_category USING btree (category_id);

create table post_key (
  kind text not null,
  key text not null,
  post_id bigint not null,
  is_shared boolean default false not null,
  constraint post_key_pkey PRIMARY KEY (kind, key),
  constraint post_key_kind_check CHECK ((kind = ANY (ARRAY['guid'::text, 'url'::text, 'fingerprint'::text])))
);
CREATE INDEX post_key_post_id_idx ON public.post_key USING btree (post_id);
comment on table post_key is 'What recognises a post that another source states too: guid, canonical URL, then fingerprint.';
comment on column post_key.is_shared is 'Several posts were stated with it, such as a page of notices: it recognises nothing from then on.';

create table post_revision (
  post_id bigint not null,
  revision integer not null,
  content_hash text not null,
  title text not null,
  url text,
  html text not null,
  summary text not null,
  authors jsonb default '[]'::jsonb not null,
  image jsonb,
  attachments jsonb default '[]'::jsonb not null,
  language text,
  updated_at timestamp with time zone,
  stored_at timestamp with time zone default now() not null,
  said_hash text,
  event jsonb,
  constraint post_revision_pkey PRIMARY KEY (post_id, revision)
);
comment on column post_revision.title is 'May be empty: what is shown then is decided when a digest is rendered.';
comment on column post_revision.said_hash is 'Of title, text and documents: a revision that changes only links and pictures has that of the one before.';
comment on column post_revision.event is 'start and end as a day, a local time or an instant, place, and isPublication where the source states it as the date of publication too; null for what is no event.';

create table post_source (
  source_id bigint not null,
  entry_id text not null,
  post_id bigint not null,
  content_hash text not null,
  is_lead boolean default true not null,
  seen_at timestamp with time zone default now() not null,
  said_hash text,
  title_key text,
  stated_at timestamp with time zone,
  awaited_hash text,
  gone_at timestamp with time zone,
  recognised_by text,
  constraint post_source_pkey PRIMARY KEY (source_id, entry_id),
  constraint post_source_recognised_by_check CHECK ((recognised_by = ANY (ARRAY['new'::text, 'replaced'::text, 'twin'::text, 'words'::text, 'guid'::text, 'link'::text, 'title_and_minute'::text, 'text'::text])))
);
CREATE INDEX post_source_post_id_idx ON public.post_source USING btree (post_id);
CREATE INDEX post_source_said_idx ON public.post_source USING btree (source_id, said_hash);
comment on table post_source is 'Identity: source + entry id. The same post from several sources has a row for each.';
comment on column post_source.content_hash is 'Of the entry as stated: while it is the same, the entry is not looked at again.';
comment on column post_source.is_lead is 'The post says what its lead source states; the others give categories.';
comment on column post_source.said_hash is 'Of title, text and documents as the source last stated them: the same words under another id or link are found by it.';
comment on column post_source.title_key is 'Of the title as the source last stated it: what is not listed any more is found by it when it comes back in other words.';
comment on column post_source.stated_at is 'The date that the source last stated; null where it states none.';
comment on column post_source.awaited_hash is 'Links, pictures or names that changed while the words stayed: taken over when a second reading states the same.';
comment on column post_source.gone_at is 'Since when the source does not list it any more; null while it does.';
comment on column post_source.recognised_by is 'Which rule made this entry a post of its own or a statement of one that was known; null for those of before the rules were kept.';

create table post_topic (
  post_id bigint not null,
  topic_id bigint not null,
  constraint post_topic_pkey PRIMARY KEY (post_id, topic_id)
);
CREATE INDEX post_topic_topic_id_idx ON public.post_topic USING btree (topic_id);
comment on table post_topic is 'Derived from post_category and the map of categories; kept so that a gain is seen and can be offered.';

create table pruned_end (
  edition_id bigint not null,
  state text not null,
  reason text,
  count integer not null,
  constraint pruned_end_count_check CHECK ((count > 0))
);
CREATE UNIQUE INDEX pruned_end_key ON public.pruned_end USING btree (edition_id, state, COALESCE(reason, ''::text));
comment on table pruned_end is 'Deliveries of an edition that were deleted, by state and reason: with those that are left they are all that it had.';

create table pruned_person (
  subscription_id bigint not null,
  delivery_count integer not null,
  accepted_count integer not null,
  last_at timestamp with time zone not null,
  constraint pruned_person_pkey PRIMARY KEY (subscription_id),
  constraint pruned_person_count_check CHECK (((delivery_count > 0) AND ((accepted_count >= 0) AND (accepted_count <= delivery_count))))
);
comment on table pruned_person is 'How many deliveries a subscription had that were deleted: who is in it is no beginner, although the ledger has no row of theirs.';
comment on column pruned_person.last_at is 'When the last of them ended.';

create table rate_limit (
  key character varying(255) not null,
  points integer default 0 not null,
  expire bigint,
  constraint rate_limit_pkey PRIMARY KEY (key)
);
comment on table rate_limit is 'How often something was tried, by keyed hash of who tried, until when.';
comment on column rate_limit.expire is 'Milliseconds since 1970.';

create table receiving_domain (
  account text not null,
  domain_group text not null,
  version bigint not null,
  trouble text,
  reply text,
  began_at timestamp with time zone,
  refused_at timestamp with time zone,
  held_until timestamp with time zone,
  try_count integer not null,
  next_at timestamp with time zone not null,
  learned_per_second double precision,
  learned_at timestamp with time zone not null,
  answered_at timestamp with time zone not null,
  constraint receiving_domain_pkey PRIMARY KEY (account, domain_group),
  constraint receiving_domain_standing_check CHECK ((num_nulls(trouble, reply, began_at, refused_at, held_until) = ANY (ARRAY[0, 5]))),
  constraint receiving_domain_trouble_check CHECK ((trouble = ANY (ARRAY['limit'::text, 'unreachable'::text])))
);
comment on table receiving_domain is 'A receiving domain (or those of one operator) by an account that delivers to the hosts of its readers itself: what it was given by all workers together, and whether it stands still.';
comment on column receiving_domain.domain_group is 'The first domain of its operator, or the domain itself, in A-labels: never an address.';
comment on column receiving_domain.version is 'Counts changes: a change is written only over what it was made from.';
comment on column receiving_domain.trouble is 'Why it stands still: its host wants less, or nobody comes through to it. Null while it does not.';
comment on column receiving_domain.reply is 'What was said last, without the address.';
comment on column receiving_domain.refused_at is 'When it was refused last: what was claimed before says nothing more.';
comment on column receiving_domain.held_until is 'When one message is tried; others follow once that was answered.';
comment on column receiving_domain.try_count is 'How often it was refused since began_at, those that were refused together counted once.';
comment on column receiving_domain.next_at is 'When the next message may start, where it has a rate.';
comment on column receiving_domain.learned_per_second is 'Messages a second at most, after its host wanted less; null while it did not, or when that has recovered.';

create table refusal (
  delivery_id bigint not null,
  edition_id bigint not null,
  subject text not null,
  domain text,
  address_key text,
  at timestamp with time zone default now() not null,
  constraint refusal_pkey PRIMARY KEY (delivery_id),
  constraint refusal_subject_check CHECK ((subject = ANY (ARRAY['policy'::text, 'message'::text, 'mailbox'::text, 'address'::text, 'unclear'::text])))
);
CREATE INDEX refusal_domain_idx ON public.refusal USING btree (domain, at) WHERE (subject = 'address'::text);
CREATE INDEX refusal_edition_id_idx ON public.refusal USING btree (edition_id, subject, at);
comment on table refusal is 'Deliveries that ended rejected, to be counted: many in one edition pause it, many unknown addresses at one domain in a day are doubted. Kept for a month.';
comment on column refusal.address_key is 'Of an address that was refused and is suppressed for it; null once that was taken back.';

create table release (
  "position" bigint not null,
  post_id bigint not null,
  kind text not null,
  revision integer not null,
  note text,
  released_at timestamp with time zone default now() not null,
  taken_back_at timestamp with time zone,
  constraint release_pkey PRIMARY KEY ("position"),
  constraint release_kind_check CHECK ((kind = ANY (ARRAY['post'::text, 'correction'::text]))),
  constraint release_note_check CHECK (((note IS NULL) OR (kind = 'correction'::text))),
  constraint release_taken_back_check CHECK (((taken_back_at IS NULL) OR (kind = 'correction'::text)))
);
CREATE INDEX release_post_id_idx ON public.release USING btree (post_id);
CREATE INDEX release_taken_back_at_idx ON public.release USING btree (taken_back_at) WHERE (taken_back_at IS NOT NULL);
CREATE UNIQUE INDEX release_post_key ON public.release USING btree (post_id) WHERE (kind = 'post'::text);
comment on column release.taken_back_at is 'When staff took a correction back: whoever was not sent it yet never is.';

create table release_counter (
  only_row boolean default true not null,
  last_position bigint not null,
  constraint release_counter_pkey PRIMARY KEY (only_row),
  constraint release_counter_only_row_check CHECK (only_row)
);
comment on table release_counter is 'Locked until commit by whoever releases: no later commit appears below a position already passed.';

create table rendition (
  id bigint generated always as identity not null,
  edition_id bigint not null,
  language text not null,
  positions bigint[] not null,
  revisions integer[] not null,
  subject text not null,
  preheader text not null,
  html text not null,
  plain text not null,
  repairs jsonb default '[]'::jsonb not null,
  rendered_at timestamp with time zone default now() not null,
  is_vacated boolean default false not null,
  constraint rendition_pkey PRIMARY KEY (id)
);
CREATE INDEX rendition_positions_idx ON public.rendition USING gin (positions) WITH (fastupdate=off);
CREATE UNIQUE INDEX rendition_content_key ON public.rendition USING btree (edition_id, language, hash_array_extended(positions, (0)::bigint), hash_array_extended(positions, (1)::bigint), hash_array_extended(revisions, (0)::bigint));
comment on column rendition.positions is 'The releases in it, ascending; what a delivery carries is read from here.';
comment on column rendition.is_vacated is 'It holds what was retracted or taken back, and no delivery that could still be sent stands on it.';

create table schedule (
  id bigint generated always as identity not null,
  newsletter_id bigint not null,
  name text not null,
  cron text not null,
  time_zone text not null,
  minimum integer default 1 not null,
  maximum integer default 12 not null,
  max_wait interval,
  approval text default 'first'::text not null,
  deadline interval,
  deadline_policy text,
  cadence_since timestamp with time zone default now() not null,
  created_at timestamp with time zone default now() not null,
  removed_at timestamp with time zone,
  watched_since timestamp with time zone,
  constraint schedule_pkey PRIMARY KEY (id),
  constraint schedule_approval_check CHECK ((approval = ANY (ARRAY['first'::text, 'required'::text, 'auto'::text]))),
  constraint schedule_deadline_check CHECK (((deadline IS NULL) = (deadline_policy IS NULL))),
  constraint schedule_deadline_policy_check CHECK ((deadline_policy = ANY (ARRAY['send'::text, 'skip'::text]))),
  constraint schedule_maximum_check CHECK ((maximum >= 1)),
  constraint schedule_minimum_check CHECK ((minimum >= 1))
);
CREATE UNIQUE INDEX schedule_name_key ON public.schedule USING btree (newsletter_id, name) WHERE (removed_at IS NULL);
comment on column schedule.max_wait is 'How long the oldest matching post may wait for the minimum, from its release; null waits for ever.';
comment on column schedule.deadline is 'How long after composing a draft that needs approval may wait before deadline_policy decides.';
comment on column schedule.cadence_since is 'When it got its present cron expression and time zone: slots of a cadence from before are none.';
comment on column schedule.watched_since is 'Slots that were taken from then on are told to the outside watch (HEARTBEAT_URL); null while there is none.';

create table schema_migration (
  name text not null,
  sha256 text not null,
  applied_at timestamp with time zone default now() not null,
  constraint schema_migration_pkey PRIMARY KEY (name)
);

create table sending_hold (
  id bigint generated always as identity not null,
  cause text not null,
  reason text not null,
  last_notice_id bigint not null,
  began_at timestamp with time zone default now() not null,
  told_at timestamp with time zone,
  ended_at timestamp with time zone,
  constraint sending_hold_pkey PRIMARY KEY (id),
  constraint sending_hold_cause_check CHECK ((cause = ANY (ARRAY['restored'::text, 'staff'::text])))
);
CREATE UNIQUE INDEX sending_hold_open_key ON public.sending_hold USING btree ((true)) WHERE (ended_at IS NULL);
comment on table sending_hold is 'When no delivery may be claimed, and why. Kept as intervals, because they do not count against the patience of a delivery or notice.';
comment on column sending_hold.last_notice_id is 'Notices up to this one wait too, except to staff: what a restored backup still has queued may have been sent long ago.';

create table setting (
  name text not null,
  value jsonb not null,
  updated_at timestamp with time zone default now() not null,
  constraint setting_pkey PRIMARY KEY (name)
);
comment on table setting is 'Facts about the installation, such as the fingerprint of the address-key secret.';

create table sign_up (
  id bigint generated always as identity not null,
  newsletter_id bigint not null,
  address text not null,
  address_key text not null,
  name text,
  schedule_id bigint,
  topics bigint[],
  source text not null,
  wording text not null,
  ip inet,
  state text default 'received'::text not null,
  received_at timestamp with time zone default now() not null,
  constraint sign_up_pkey PRIMARY KEY (id),
  constraint sign_up_state_check CHECK ((state = ANY (ARRAY['received'::text, 'held'::text, 'released'::text])))
);
CREATE INDEX sign_up_address_key_idx ON public.sign_up USING btree (address_key);
comment on table sign_up is 'What a public form sent, until it is handled: in a moment, or once staff release what was held.';
comment on column sign_up.topics is 'Topic ids; null follows all.';
comment on column sign_up.ip is 'Only where the installation keeps it, for the log of consent.';

create table slot (
  job text not null,
  slot_at timestamp with time zone not null,
  taken_at timestamp with time zone default now() not null,
  pinged text,
  pinged_at timestamp with time zone,
  constraint slot_pkey PRIMARY KEY (job, slot_at),
  constraint slot_pinged_at_check CHECK (((pinged IS NULL) = (pinged_at IS NULL))),
  constraint slot_pinged_check CHECK ((pinged = ANY (ARRAY['went_well'::text, 'failed'::text])))
);
comment on table slot is 'One due moment of a scheduled job, inserted in the transaction that queues it: each happens once.';
comment on column slot.pinged is 'What the outside watch (HEARTBEAT_URL) was told last about this slot; null while it was told nothing.';

create table source (
  id bigint generated always as identity not null,
  url text not null,
  kind text default 'feed'::text not null,
  mapping jsonb,
  title text,
  site_url text,
  language text,
  time_zone text,
  state text default 'active'::text not null,
  first_read text default 'known'::text not null,
  first_read_at timestamp with time zone,
  guard_limit integer default 20 not null,
  etag text,
  last_modified text,
  body_hash text,
  poll_hints jsonb,
  next_poll_at timestamp with time zone default now() not null,
  last_polled_at timestamp with time zone,
  last_read_at timestamp with time zone,
  api_read_at timestamp with time zone,
  polling_until timestamp with time zone,
  last_outcome text,
  last_reason text,
  failure_count integer default 0 not null,
  permanent_url text,
  permanent_seen_count integer default 0 not null,
  created_at timestamp with time zone default now() not null,
  poll_run integer default 0 not null,
  ids_kept_count integer default 0 not null,
  ids_renewed_at timestamp with time zone,
  dates_moved_count integer default 0 not null,
  dates_kept_count integer default 0 not null,
  said_since timestamp with time zone,
  when_gone text default 'hold'::text not null,
  listed_posts bigint[],
  repeats jsonb default '[]'::jsonb not null,
  trims_repeats boolean default false not null,
  constraint source_pkey PRIMARY KEY (id),
  constraint source_url_key UNIQUE (url),
  constraint source_first_read_check CHECK ((first_read ~ '^(known|release|latest:[1-9][0-9]{0,5})$'::text)),
  constraint source_guard_limit_check CHECK ((guard_limit >= 1)),
  constraint source_kind_check CHECK ((kind = ANY (ARRAY['feed'::text, 'wordpress'::text, 'json'::text]))),
  constraint source_state_check CHECK ((state = ANY (ARRAY['active'::text, 'paused'::text, 'gone'::text, 'removed'::text]))),
  constraint source_when_gone_check CHECK ((when_gone = ANY (ARRAY['hold'::text, 'warn'::text, 'ignore'::text])))
);
comment on column source.state is 'A removed source is not read any more; its posts stay where they are.';
comment on column source.etag is 'Validators belong to url: both are cleared when it changes.';
comment on column source.poll_hints is 'What the document last said about when to read it: it counts after a 304 too.';
comment on column source.last_read_at is 'The last read that was understood or unchanged: what changed since is asked for.';
comment on column source.api_read_at is 'When the REST API of a WordPress site answered last. What its feed says of posts counts only when the API has been closed for a while.';
comment on column source.polling_until is 'A process reads the source at present and claims it until then, again and again while it does; one that died gives it free by time.';
comment on column source.permanent_url is 'Where 301/308 point; becomes url after it was seen often enough.';
comment on column source.poll_run is 'Counts the claims on the source: one that ran out is told from the one that came after it.';
comment on column source.ids_kept_count is 'Documents in a row in which an id was seen again with its words, and no words came back under a new id.';
comment on column source.ids_renewed_at is 'When words last came back under a new id.';
comment on column source.dates_moved_count is 'Documents in a row in which what had stayed the same was stated with another date.';
comment on column source.dates_kept_count is 'Documents in which something that had stayed the same was stated with the date that it had.';
comment on column source.said_since is 'Since when what its entries say is kept (post_source.said_hash); null until its posts of before were looked through.';
comment on column source.when_gone is 'What becomes of a post that vanishes from amid what is still listed before it was mailed.';
comment on column source.listed_posts is 'The posts that it lists, in the order of its document; null until a whole document was read since these are kept.';
comment on column source.repeats is 'Paragraphs that at least half of its last ten posts have in common, as of the last reading that brought something; see src/content/clutter/repeats.ts.';
comment on column source.trims_repeats is 'Full posts are shown without them, too.';

create table staff_action (
  id bigint generated always as identity not null,
  at timestamp with time zone default now() not null,
  by_whom text not null,
  action text not null,
  subjects jsonb not null,
  constraint staff_action_pkey PRIMARY KEY (id)
);
comment on column staff_action.by_whom is 'As somebody says of themselves (--by), else the user of the system; of a mailed link its id.';
comment on column staff_action.action is 'The command without its arguments, such as "posts release".';
comment on column staff_action.subjects is 'Ids by what they are of: {"post": ["41", "42"]}.';

create table staff_link (
  id bigint generated always as identity not null,
  edition_id bigint not null,
  action text not null,
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  constraint staff_link_pkey PRIMARY KEY (id),
  constraint staff_link_action_check CHECK ((action = ANY (ARRAY['approve'::text, 'skip'::text])))
);
comment on table staff_link is 'A decision that a mailed link may take, once, before it expires.';

create table subscriber (
  id bigint generated always as identity not null,
  address text,
  address_key text,
  name text,
  created_at timestamp with time zone default now() not null,
  erased_at timestamp with time zone,
  token_version integer default 1 not null,
  address_since timestamp with time zone,
  constraint subscriber_pkey PRIMARY KEY (id),
  constraint subscriber_address_key_key UNIQUE (address_key),
  constraint subscriber_address_check CHECK ((((address IS NULL) = (address_key IS NULL)) AND ((erased_at IS NULL) = (address IS NOT NULL))))
);
comment on column subscriber.address_key is 'Keyed hash of the normal form; null with the address once the person is erased.';
comment on column subscriber.token_version is 'Raised with the address: links that went to the old one alone work no more.';
comment on column subscriber.address_since is 'When the address was changed last; what servers answered before says nothing of the one that they have now. Null: never.';

create table subscription (
  id bigint generated always as identity not null,
  subscriber_id bigint not null,
  newsletter_id bigint not null,
  schedule_id bigint not null,
  state text not null,
  topics bigint[],
  language text not null,
  format text default 'html'::text not null,
  local_hour smallint,
  time_zone text,
  paused_until timestamp with time zone,
  token_version integer default 1 not null,
  created_at timestamp with time zone default now() not null,
  activated_at timestamp with time zone,
  left_at timestamp with time zone,
  constraint subscription_pkey PRIMARY KEY (id),
  constraint subscription_person_key UNIQUE (subscriber_id, newsletter_id),
  constraint subscription_format_check CHECK ((format = ANY (ARRAY['html'::text, 'text'::text]))),
  constraint subscription_local_hour_check CHECK (((local_hour >= 0) AND (local_hour <= 23))),
  constraint subscription_local_hour_zone_check CHECK (((local_hour IS NULL) OR (time_zone IS NOT NULL))),
  constraint subscription_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'active'::text, 'left'::text])))
);
CREATE INDEX subscription_newsletter_id_idx ON public.subscription USING btree (newsletter_id, id);
CREATE INDEX subscription_pending_idx ON public.subscription USING btree (id) WHERE (state = 'pending'::text);
CREATE INDEX subscription_schedule_id_idx ON public.subscription USING btree (schedule_id, id);
comment on column subscription.topics is 'Sorted topic ids; null follows all, also future topics and posts without one.';
comment on column subscription.paused_until is 'Null: not paused; infinity: until the reader comes back.';

create table subscription_cursor (
  subscription_id bigint not null,
  cursor bigint not null,
  owed bigint[] default '{}'::bigint[] not null,
  since bigint not null,
  constraint subscription_cursor_pkey PRIMARY KEY (subscription_id)
) with (fillfactor=50);
comment on table subscription_cursor is 'What a subscription is accounted for up to, and what it is still to be sent beside that: posts at or below it, corrections wherever they lie. Fillfactor: all updates stay HOT.';

create table suppression (
  address_key text not null,
  reason text not null,
  source text not null,
  at timestamp with time zone default now() not null,
  confirmation_notice_id bigint,
  confirmation_at timestamp with time zone,
  constraint suppression_pkey PRIMARY KEY (address_key),
  constraint suppression_confirmation_check CHECK ((((confirmation_notice_id IS NULL) = (confirmation_at IS NULL)) AND ((confirmation_notice_id IS NULL) OR (reason = 'bounced'::text)))),
  constraint suppression_reason_check CHECK ((reason = ANY (ARRAY['bounced'::text, 'complained'::text, 'unreachable'::text, 'staff'::text])))
);
comment on table suppression is 'Addresses never to be mailed, by keyed hash; outlives the subscriber.';
comment on column suppression.confirmation_notice_id is 'The one confirmation that may go to an address that bounced long ago, since its owner signed up again; a new bounce takes it back.';

create table topic (
  id bigint generated always as identity not null,
  slug text not null,
  name text not null,
  ordinal integer default 0 not null,
  is_hidden boolean default false not null,
  constraint topic_pkey PRIMARY KEY (id),
  constraint topic_slug_key UNIQUE (slug)
);

create table topic_change (
  post_id bigint not null,
  recorded_at timestamp with time zone default now() not null,
  constraint topic_change_pkey PRIMARY KEY (post_id)
);
comment on table topic_change is 'Released posts whose topics are to be brought in line with their categories, once no edition of their newsletters is being frozen.';

create table topic_merge (
  id bigint generated always as identity not null,
  from_topic_id bigint not null,
  into_topic_id bigint not null,
  follower_count integer default 0 not null,
  requested_at timestamp with time zone default now() not null,
  ended_at timestamp with time zone,
  constraint topic_merge_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX topic_merge_open_key ON public.topic_merge USING btree (from_topic_id) WHERE (ended_at IS NULL);
comment on table topic_merge is 'A topic that becomes another, in steps: until the last follower moved posts carry both. What a crash leaves open goes on by itself.';
comment on column topic_merge.from_topic_id is 'Gone once the merge has ended.';

create table vanished_post (
  source_id bigint not null,
  post_id bigint not null,
  vanished_at timestamp with time zone not null,
  sure_at timestamp with time zone not null,
  judged_at timestamp with time zone,
  told_at timestamp with time zone,
  returned_at timestamp with time zone,
  constraint vanished_post_pkey PRIMARY KEY (source_id, post_id)
);
CREATE INDEX vanished_post_post_idx ON public.vanished_post USING btree (post_id);
CREATE INDEX vanished_post_untold_idx ON public.vanished_post USING btree (post_id) WHERE ((judged_at IS NOT NULL) AND (told_at IS NULL));
comment on table vanished_post is 'Posts that vanished from amid what their source lists while they waited to be mailed for the first time. A row goes when the post is listed again, or mailed.';
comment on column vanished_post.sure_at is 'From when on the post counts as taken away, should it be missing still: a cache may show yesterday''s list, and a site half of its own.';
comment on column vanished_post.judged_at is 'When it was withdrawn, or only noted, as staff wish: it is not judged again unless it came back in between.';
comment on column vanished_post.told_at is 'When staff were told of it.';
comment on column vanished_post.returned_at is 'When it was listed again: what was withdrawn for it comes back.';

create table worker (
  id bigint generated always as identity not null,
  host text not null,
  pid integer not null,
  started_at timestamp with time zone default now() not null,
  alive_until timestamp with time zone not null,
  ended_at timestamp with time zone,
  swept_at timestamp with time zone,
  answered_at timestamp with time zone,
  constraint worker_pkey PRIMARY KEY (id)
);
comment on table worker is 'Each start of a delivery worker is a new row; what a dead one had claimed becomes in doubt.';
comment on column worker.swept_at is 'When nothing that it had claimed was left after its death: until then a sweep looks for it, afterwards none does.';
comment on column worker.answered_at is 'When a server last took or refused a message of it, as of its last renewal.';

alter table attempt add constraint attempt_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES delivery(id) ON DELETE CASCADE;
alter table category add constraint category_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES topic(id) ON DELETE SET NULL;
alter table delivery_event add constraint delivery_event_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES delivery(id) ON DELETE CASCADE;
alter table edition add constraint edition_archive_rendition_id_fkey FOREIGN KEY (archive_rendition_id) REFERENCES rendition(id);
alter table edition add constraint edition_newsletter_id_fkey FOREIGN KEY (newsletter_id) REFERENCES newsletter(id);
alter table edition add constraint edition_schedule_id_fkey FOREIGN KEY (schedule_id) REFERENCES schedule(id);
alter table edition_post add constraint edition_post_edition_id_fkey FOREIGN KEY (edition_id) REFERENCES edition(id) ON DELETE CASCADE;
alter table edition_post add constraint edition_post_position_fkey FOREIGN KEY ("position") REFERENCES release("position");
alter table erased_subscription add constraint erased_subscription_newsletter_id_fkey FOREIGN KEY (newsletter_id) REFERENCES newsletter(id) ON DELETE CASCADE;
alter table former_sender add constraint former_sender_newsletter_id_fkey FOREIGN KEY (newsletter_id) REFERENCES newsletter(id) ON DELETE CASCADE;
alter table import_run add constraint import_run_newsletter_id_fkey FOREIGN KEY (newsletter_id) REFERENCES newsletter(id) ON DELETE CASCADE;
alter table leaving_burst add constraint leaving_burst_newsletter_id_fkey FOREIGN KEY (newsletter_id) REFERENCES newsletter(id) ON DELETE CASCADE;
alter table leaving_reason add constraint leaving_reason_newsletter_id_fkey FOREIGN KEY (newsletter_id) REFERENCES newsletter(id) ON DELETE CASCADE;
alter table link_request add constraint link_request_newsletter_id_fkey FOREIGN KEY (newsletter_id) REFERENCES newsletter(id) ON DELETE CASCADE;
alter table link_request add constraint link_request_notice_id_fkey FOREIGN KEY (notice_id) REFERENCES notice(id) ON DELETE SET NULL;
alter table link_request add constraint link_request_subscriber_id_fkey FOREIGN KEY (subscriber_id) REFERENCES subscriber(id) ON DELETE CASCADE;
alter table newsletter_rule add constraint newsletter_rule_newsletter_id_fkey FOREIGN KEY (newsletter_id) REFERENCES newsletter(id) ON DELETE CASCADE;
alter table newsletter_source add constraint newsletter_source_newsletter_id_fkey FOREIGN KEY (newsletter_id) REFERENCES newsletter(id) ON DELETE CASCADE;
alter table newsletter_source add constraint newsletter_source_source_id_fkey FOREIGN KEY (source_id) REFERENCES source(id) ON DELETE CASCADE;
alter table newsletter_topic add constraint newsletter_topic_newsletter_id_fkey FOREIGN KEY (newsletter_id) REFERENCES newsletter(id) ON DELETE CASCADE;
alter table newsletter_topic add constraint newsletter_topic_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES topic(id) ON DELETE CASCADE;
alter table notice add constraint notice_newsletter_id_fkey FOREIGN KEY (newsletter_id) REFERENCES newsletter(id);
alter table notice add constraint notice_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id);
alter table offer add constraint offer_newsletter_id_fkey FOREIGN KEY (newsletter_id) REFERENCES newsletter(id) ON DELETE CASCADE;
alter table offer add constraint offer_post_id_fkey FOREIGN KEY (post_id) REFERENCES post(id) ON DELETE CASCADE;
alter table offer add constraint offer_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES topic(id) ON DELETE CASCADE;
alter table open_range add constraint open_range_edition_id_fkey FOREIGN KEY (edition_id) REFERENCES edition(id) ON DELETE CASCADE;
alter table post_category add constraint post_category_category_id_fkey FOREIGN KEY (category_id) REFERENCES category(id) ON DELETE CASCADE;
alter table post_category add constraint post_category_post_id_fkey FOREIGN KEY (post_id) REFERENCES post(id) ON DELETE CASCADE;
alter table post_key add constraint post_key_post_id_fkey FOREIGN KEY (post_id) REFERENCES post(id) ON DELETE CASCADE;
alter table post_revision add constraint post_revision_post_id_fkey FOREIGN KEY (post_id) REFERENCES post(id) ON DELETE CASCADE;
alter table post_source add constraint post_source_post_id_fkey FOREIGN KEY (post_id) REFERENCES post(id) ON DELETE CASCADE;
alter table post_source add constraint post_source_source_id_fkey FOREIGN KEY (source_id) REFERENCES source(id) ON DELETE CASCADE;
alter table post_topic add constraint post_topic_post_id_fkey FOREIGN KEY (post_id) REFERENCES post(id) ON DELETE CASCADE;
alter table post_topic add constraint post_topic_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES topic(id) ON DELETE CASCADE;
alter table pruned_end add constraint pruned_end_edition_id_fkey FOREIGN KEY (edition_id) REFERENCES edition(id) ON DELETE CASCADE;
alter table pruned_person add constraint pruned_person_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id) ON DELETE CASCADE;
alter table refusal add constraint refusal_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES delivery(id) ON DELETE CASCADE;
alter table release add constraint release_post_id_fkey FOREIGN KEY (post_id) REFERENCES post(id) ON DELETE CASCADE;
alter table rendition add constraint rendition_edition_id_fkey FOREIGN KEY (edition_id) REFERENCES edition(id) ON DELETE CASCADE;
alter table schedule add constraint schedule_newsletter_id_fkey FOREIGN KEY (newsletter_id) REFERENCES newsletter(id) ON DELETE CASCADE;
alter table sign_up add constraint sign_up_newsletter_id_fkey FOREIGN KEY (newsletter_id) REFERENCES newsletter(id) ON DELETE CASCADE;
alter table sign_up add constraint sign_up_schedule_id_fkey FOREIGN KEY (schedule_id) REFERENCES schedule(id) ON DELETE SET NULL;
alter table staff_link add constraint staff_link_edition_id_fkey FOREIGN KEY (edition_id) REFERENCES edition(id) ON DELETE CASCADE;
alter table subscription add constraint subscription_newsletter_id_fkey FOREIGN KEY (newsletter_id) REFERENCES newsletter(id);
alter table subscription add constraint subscription_schedule_id_fkey FOREIGN KEY (schedule_id) REFERENCES schedule(id);
alter table subscription add constraint subscription_subscriber_id_fkey FOREIGN KEY (subscriber_id) REFERENCES subscriber(id);
alter table subscription_cursor add constraint subscription_cursor_subscription_id_fkey FOREIGN KEY (subscription_id) REFERENCES subscription(id);
alter table topic_change add constraint topic_change_post_id_fkey FOREIGN KEY (post_id) REFERENCES post(id) ON DELETE CASCADE;
alter table topic_merge add constraint topic_merge_into_topic_id_fkey FOREIGN KEY (into_topic_id) REFERENCES topic(id) ON DELETE CASCADE;
alter table vanished_post add constraint vanished_post_post_id_fkey FOREIGN KEY (post_id) REFERENCES post(id) ON DELETE CASCADE;
alter table vanished_post add constraint vanished_post_source_id_fkey FOREIGN KEY (source_id) REFERENCES source(id) ON DELETE CASCADE;

CREATE OR REPLACE FUNCTION public.keep_consent_event()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION public.keep_staff_action()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'staff_action is append-only' using errcode = 'restrict_violation', constraint = 'staff_action_append_only';
end
$function$;

CREATE TRIGGER consent_event_append_only BEFORE DELETE OR UPDATE ON public.consent_event FOR EACH ROW EXECUTE FUNCTION keep_consent_event();

CREATE TRIGGER consent_event_no_truncate BEFORE TRUNCATE ON public.consent_event FOR EACH STATEMENT EXECUTE FUNCTION keep_consent_event();

CREATE TRIGGER staff_action_append_only BEFORE DELETE OR UPDATE ON public.staff_action FOR EACH ROW EXECUTE FUNCTION keep_staff_action();

CREATE TRIGGER staff_action_no_truncate BEFORE TRUNCATE ON public.staff_action FOR EACH STATEMENT EXECUTE FUNCTION keep_staff_action();
