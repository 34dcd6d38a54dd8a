-- What was taken back before it expired. The transaction that takes something back inserts the entry without a number;
-- it gets its number, and with it its place in the feed, once it is committed.
CREATE TABLE revocations (
    id BLOB NOT NULL PRIMARY KEY,
    seq INTEGER,
    kind TEXT NOT NULL,
    digest BLOB NOT NULL,
    value INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX revocations_seq ON revocations (seq) WHERE seq IS NOT NULL;
CREATE INDEX revocations_unnumbered ON revocations (id) WHERE seq IS NULL;
CREATE INDEX revocations_until ON revocations (until);

-- One row: the last number given, and the era in which numbers may be compared.
CREATE TABLE revocation_head (
    id INTEGER NOT NULL PRIMARY KEY,
    era TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- How long after it was made an access token may still be taken somewhere, in seconds, and when a server last made
-- tokens with that setting: whoever takes something back has to think of them all.
CREATE TABLE access_reach (
    seconds INTEGER NOT NULL PRIMARY KEY,
    used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
