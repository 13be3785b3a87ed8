-- From version 5: a post lists who mirrors it, not only where (no post had a mirror before); and which copies this agent has
-- announced on the ledger.

UPDATE posts SET record = json_insert(json_remove(record, '$.post.mirror_urls'), '$.post.mirrors', json('[]'));
UPDATE outbox SET item = json_insert(json_remove(item, '$.post.mirror_urls'), '$.post.mirrors', json('[]'))
    WHERE json_type(item, '$.post') = 'object';

CREATE TABLE mirrors (
    post  TEXT PRIMARY KEY,     -- base58
    log   TEXT NOT NULL,        -- log id
    url   TEXT NOT NULL,        -- as announced
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE VIEW announced AS
    SELECT post, log, url, datetime(since / 1000, 'unixepoch') AS since FROM mirrors;
