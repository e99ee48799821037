-- Of which network how many left by one click, in slots of three minutes: bursts are seen in them. Nothing was written here before.
alter table leaving_burst add column network text not null;
alter table leaving_burst add constraint leaving_burst_network_key unique (newsletter_id, network, began_at);
comment on table leaving_burst is 'How many left by one click from one network within three minutes. Many at once may be a scanner that posts: shown to staff, and nothing else comes of it. Rows go after two weeks.';
comment on column leaving_burst.network is 'Keyed hash: no IP is stored for it.';
