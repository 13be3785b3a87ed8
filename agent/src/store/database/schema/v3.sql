-- From version 2: what the allowlist's names meant last, so that they protect from the start on.

CREATE TABLE answers (
    name      TEXT PRIMARY KEY,   -- DNS name
    addresses TEXT NOT NULL CHECK (json_valid(addresses)),
    since     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE VIEW names AS
    SELECT name, addresses, datetime(since / 1000, 'unixepoch') AS since FROM answers;
