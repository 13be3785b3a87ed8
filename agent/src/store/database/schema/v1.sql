CREATE TABLE reasons (
    network TEXT NOT NULL,     -- CIDR, canonical
    key     TEXT NOT NULL,     -- what makes two reasons the same
    reason  TEXT NOT NULL,     -- JSON
    until   INTEGER NOT NULL,  -- Unix seconds
    PRIMARY KEY (network, key)
) WITHOUT ROWID;
CREATE TABLE posts (
    id     TEXT PRIMARY KEY,   -- base58
    seen   INTEGER NOT NULL,   -- Unix seconds
    record TEXT NOT NULL       -- JSON
) WITHOUT ROWID;
CREATE INDEX posts_by_time ON posts (seen);
CREATE TABLE positions (
    source   TEXT PRIMARY KEY,
    position TEXT NOT NULL     -- JSON
) WITHOUT ROWID;
CREATE TABLE outbox (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    item TEXT NOT NULL         -- JSON
);
