-- Who never confirmed is forgotten; they are looked for each minute, among few.
create index subscription_pending_idx on subscription (id) where state = 'pending';
