-- From version 3: what peers took from the server, so that a restart gives nobody a second day's worth, and no signature a
-- second use.

CREATE TABLE usage (
    peer         TEXT PRIMARY KEY,  -- base58
    day          INTEGER NOT NULL,  -- days since 1970 (UTC)
    bytes        INTEGER NOT NULL,  -- sent on that day
    recent       TEXT NOT NULL CHECK (json_valid(recent)),  -- Unix seconds of the requests of the last minute
    signed_until INTEGER NOT NULL   -- Unix seconds: latest timestamp that a request can have had
) STRICT, WITHOUT ROWID;

CREATE VIEW downloads AS
    SELECT peer, date(day * 86400, 'unixepoch') AS day, bytes,
           datetime(signed_until, 'unixepoch') AS signed_until
    FROM usage;
