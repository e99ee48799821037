-- Of an accepted reply only code, status and the server's id are kept (at most 128 characters), and a page has room for what a row grows to: with whole
-- replies at 70 three updates in four were HOT; at 35, 99 in 100 (npm run bench -- send).
alter table delivery set (fillfactor = 35);
