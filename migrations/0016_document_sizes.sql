-- How long documents are of which neither their source nor the words around them say it: asked for once, and kept apart from revisions, which it does not
-- change.
create table document_size (
  address_key text constraint document_size_pkey primary key,
  url text not null,
  length_bytes bigint,
  added_at timestamptz not null,
  asked_at timestamptz,
  constraint document_size_length_check check (length_bytes > 0)
);
create index document_size_unasked_idx on document_size (added_at) where asked_at is null;
comment on table document_size is 'Documents of posts whose length no source states, by a hash of their address without stamps.';
comment on column document_size.asked_at is 'When its server was asked; set before it is, so that nobody asks twice. Null: nobody has asked yet.';
comment on column document_size.length_bytes is 'What the server said; null where it said nothing that can be believed.';
