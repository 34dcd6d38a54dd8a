-- A client is a program that gets tokens for itself. A deleted one stays as a name and an epoch, so that tokens of it
-- never count for a later client of the same name.
CREATE TABLE clients (
    id TEXT NOT NULL PRIMARY KEY,
    auth TEXT NOT NULL,
    scopes TEXT NOT NULL,
    audiences TEXT NOT NULL,
    secret_hash BLOB,
    previous_hash BLOB,
    previous_until INTEGER NOT NULL,
    jwks TEXT,
    epoch INTEGER NOT NULL,
    disabled_at INTEGER,
    deleted_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Each assertion of a client is good once, on all nodes together.
CREATE TABLE used_assertions (
    digest BLOB NOT NULL PRIMARY KEY,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX used_assertions_expires_at ON used_assertions (expires_at);
