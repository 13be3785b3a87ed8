-- From version 4: peers that did not give what they should have.

CREATE TABLE failures (
    peer   TEXT NOT NULL,         -- base58
    number INTEGER NOT NULL,      -- counts the failures of each peer; only the latest stay
    at     INTEGER NOT NULL,
    url    TEXT NOT NULL,
    error  TEXT NOT NULL,
    PRIMARY KEY (peer, number)
) STRICT, WITHOUT ROWID;

CREATE VIEW peer_failures AS
    SELECT peer, number, datetime(at / 1000, 'unixepoch') AS at, url, error FROM failures;
