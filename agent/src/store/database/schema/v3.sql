-- From version 2: what the allowlist's names meant last, so that they protect from the start on; and what it takes to
-- tell what is too old to matter.

CREATE TABLE answers (
    name      TEXT PRIMARY KEY,   -- DNS name
    addresses TEXT NOT NULL CHECK (json_valid(addresses)),
    since     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE VIEW names AS
    SELECT name, addresses, datetime(since / 1000, 'unixepoch') AS since FROM answers;

-- The posts that reasons name.
ALTER TABLE origins ADD COLUMN post TEXT AS (json_extract(origin, '$.post'));
CREATE INDEX origins_by_post ON origins (post) WHERE post IS NOT NULL;

-- When the position was written.
ALTER TABLE positions ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
UPDATE positions SET at = unixepoch() * 1000;
