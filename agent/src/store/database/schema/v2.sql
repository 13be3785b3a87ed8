-- From version 1: what reasons share is stored once, times are Unix milliseconds, and new is what is remembered of
-- offences, evidence and the allowlist.

ALTER TABLE reasons RENAME TO old_reasons;
ALTER TABLE posts RENAME TO old_posts;
ALTER TABLE positions RENAME TO old_positions;
DROP INDEX posts_by_time;

-- Where reasons come from; `uses` is kept by the triggers below, and what nobody uses is removed.
CREATE TABLE origins (
    id     INTEGER PRIMARY KEY,
    uses   INTEGER NOT NULL DEFAULT 0,
    origin TEXT NOT NULL UNIQUE   -- JSON
) STRICT;
CREATE INDEX orphans ON origins (id) WHERE uses = 0;

CREATE TABLE reasons (
    network TEXT NOT NULL,        -- CIDR, canonical
    origin  INTEGER NOT NULL,     -- origins.id; a foreign key would want an index as large as this table
    events  INTEGER NOT NULL,     -- hostile events that were counted
    log     TEXT,                 -- id of this agent's own log that proves it
    since   INTEGER NOT NULL,
    until   INTEGER NOT NULL,
    PRIMARY KEY (network, origin)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER reason_given AFTER INSERT ON reasons
    BEGIN UPDATE origins SET uses = uses + 1 WHERE id = new.origin; END;
CREATE TRIGGER reason_gone AFTER DELETE ON reasons
    BEGIN UPDATE origins SET uses = uses - 1 WHERE id = old.origin; END;

CREATE TABLE offences (
    network TEXT PRIMARY KEY,     -- CIDR, canonical
    strikes INTEGER NOT NULL,     -- blocks that its attacks brought it
    until   INTEGER NOT NULL      -- end of the last of them
) STRICT, WITHOUT ROWID;

CREATE TABLE posts (
    id      TEXT PRIMARY KEY,     -- base58
    seen    INTEGER NOT NULL,     -- when this agent decided
    record  TEXT NOT NULL,        -- JSON: the post as the ledger had it, and the decision
    owner   TEXT NOT NULL AS (json_extract(record, '$.post.owner')),
    log     TEXT NOT NULL AS (substr(json_extract(record, '$.post.file_hash'), 1, 16)),
    verdict TEXT NOT NULL AS (json_extract(record, '$.verdict'))
) STRICT, WITHOUT ROWID;
CREATE INDEX posts_by_time ON posts (seen);
CREATE INDEX posts_by_owner ON posts (owner, seen);
CREATE INDEX posts_by_log ON posts (log);

-- What is known of malicious logs, also of those that had to make room.
CREATE TABLE receipts (
    log       TEXT PRIMARY KEY,   -- log id
    file_hash TEXT NOT NULL,      -- SHA-256 of the file
    bytes     INTEGER NOT NULL,
    attackers INTEGER NOT NULL,   -- how many it proves
    stored    INTEGER NOT NULL,
    reporter  TEXT,               -- base58; NULL: this agent
    post      TEXT,               -- base58; NULL: this agent's own log
    evicted   INTEGER             -- NULL: still there
) STRICT, WITHOUT ROWID;
CREATE INDEX receipts_held ON receipts (log) WHERE evicted IS NULL;

CREATE TABLE allowlist (
    target  TEXT PRIMARY KEY,     -- address, CIDR or DNS name
    comment TEXT NOT NULL,
    since   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE positions (
    source   TEXT PRIMARY KEY,
    position TEXT NOT NULL CHECK (json_valid(position))
) STRICT, WITHOUT ROWID;

-- The keys of an origin stand in the order in which the agent writes them, so that the texts are the same.
INSERT INTO origins (origin)
    SELECT DISTINCT json_remove(reason, '$.events', '$.log', '$.since', '$.until') FROM old_reasons;
INSERT INTO reasons
    SELECT network, origins.id, ifnull(json_extract(reason, '$.events'), 0), json_extract(reason, '$.log'),
           CAST(round(unixepoch(json_extract(reason, '$.since'), 'subsec') * 1000) AS INTEGER),
           CAST(round(unixepoch(json_extract(reason, '$.until'), 'subsec') * 1000) AS INTEGER)
    FROM old_reasons
    JOIN origins ON origins.origin = json_remove(reason, '$.events', '$.log', '$.since', '$.until');
INSERT INTO posts (id, seen, record) SELECT id, seen * 1000, record FROM old_posts;
-- A position that cannot be read is as good as none.
INSERT INTO positions SELECT source, position FROM old_positions WHERE json_valid(position);
DROP TABLE old_reasons;
DROP TABLE old_posts;
DROP TABLE old_positions;

-- For people: `SELECT * FROM blocks`. Times are UTC.
CREATE VIEW blocks AS
    SELECT network, group_concat(DISTINCT json_extract(origins.origin, '$.source')) AS sources,
           count(*) AS reasons, sum(events) AS events,
           datetime(min(since) / 1000, 'unixepoch') AS since, datetime(max(until) / 1000, 'unixepoch') AS until
    FROM reasons JOIN origins ON origins.id = reasons.origin
    GROUP BY network;
CREATE VIEW block_reasons AS
    SELECT network, origins.origin AS origin, events, log,
           datetime(since / 1000, 'unixepoch') AS since, datetime(until / 1000, 'unixepoch') AS until
    FROM reasons JOIN origins ON origins.id = reasons.origin;
CREATE VIEW offenders AS
    SELECT network, strikes, datetime(until / 1000, 'unixepoch') AS blocked_until FROM offences;
CREATE VIEW verdicts AS
    SELECT datetime(seen / 1000, 'unixepoch') AS seen, verdict, id AS post, owner AS reporter, log FROM posts;
CREATE VIEW evidence AS
    SELECT log, bytes, attackers, ifnull(reporter, 'this agent') AS reporter, post,
           datetime(stored / 1000, 'unixepoch') AS stored, datetime(evicted / 1000, 'unixepoch') AS evicted
    FROM receipts;
CREATE VIEW allowed AS
    SELECT target, comment, datetime(since / 1000, 'unixepoch') AS since FROM allowlist;
