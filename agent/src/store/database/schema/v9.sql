-- From version 8: what happened on which trust depends, so that every ruling can be come to again; what the ledger said of its
-- peers; what the operator thinks of them; and in which posts this agent's rent lies.

CREATE TABLE trust_events (
    id    INTEGER PRIMARY KEY,    -- in the order in which it happened
    at    INTEGER NOT NULL,
    event TEXT NOT NULL CHECK (json_valid(event))
) STRICT;
CREATE INDEX trust_events_by_time ON trust_events (at);

CREATE TABLE members (
    peer   TEXT PRIMARY KEY,      -- base58
    karma  INTEGER NOT NULL,
    active INTEGER NOT NULL       -- 1: takes part
) STRICT, WITHOUT ROWID;

CREATE TABLE regards (
    peer     TEXT PRIMARY KEY,    -- base58
    attitude TEXT NOT NULL,       -- pinned or banned
    comment  TEXT NOT NULL,
    since    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What peers' blocks in force rest on, as if it had been written down when it happened.
INSERT INTO trust_events (at, event)
    SELECT posts.seen,
           json_object(
               'event', 'heard',
               'post', origins.post,
               'reporter', json_extract(origins.origin, '$.reporter'),
               'karma', json_extract(origins.origin, '$.karma'),
               'file_hash', json_extract(origins.origin, '$.file_hash'),
               'posted', json_extract(posts.record, '$.post.timestamp'),
               'accused', json_group_array(json_object('network', reasons.network, 'events', reasons.events)))
    FROM reasons
    JOIN origins ON origins.id = reasons.origin
    JOIN posts ON posts.id = origins.post
    GROUP BY origins.id ORDER BY posts.seen;

CREATE VIEW trust AS
    SELECT datetime(at / 1000, 'unixepoch') AS at, json_extract(event, '$.event') AS what,
           json_extract(event, '$.post') AS post, json_extract(event, '$.network') AS network,
           ifnull(json_extract(event, '$.reporter'), json_extract(event, '$.peer')) AS peer, event
    FROM trust_events;
CREATE VIEW attitudes AS
    SELECT peer, attitude, comment, datetime(since / 1000, 'unixepoch') AS since FROM regards;

-- When this agent's like and dispute of the post were closed.
ALTER TABLE posts ADD COLUMN closed INTEGER;
-- Whether rent of this agent's may lie in it: in its own post, or in its like or dispute.
ALTER TABLE posts ADD COLUMN rent INTEGER AS (
    json_extract(record, '$.verdict') = 'own' OR closed IS NULL
    AND (ifnull(json_extract(record, '$.liked'), 0) OR json_extract(record, '$.disputed') IS NOT NULL));
CREATE INDEX posts_with_rent ON posts (seen) WHERE rent;
