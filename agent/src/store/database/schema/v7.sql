-- From version 6: what the ledger was seen to say of an announced copy, so that nobody announces anew what a post's owner
-- took off its list.

ALTER TABLE mirrors ADD COLUMN listed INTEGER;  -- 1: the post lists it; 0: no longer; NULL: not seen yet

DROP VIEW announced;
CREATE VIEW announced AS
    SELECT post, log, url, datetime(since / 1000, 'unixepoch') AS since, listed FROM mirrors;
