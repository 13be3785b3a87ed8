-- From version 7: what this agent spent on the ledger, so that a restart gives it no second day's budget.

CREATE TABLE spending (
    day      INTEGER PRIMARY KEY,  -- days since 1970 (UTC)
    lamports INTEGER NOT NULL      -- fees and rents
) STRICT, WITHOUT ROWID;

CREATE VIEW spent AS
    SELECT date(day * 86400, 'unixepoch') AS day, lamports FROM spending;
