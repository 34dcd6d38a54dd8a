-- Times are Unix milliseconds, ids UUIDv7 of 16 bytes, lists and objects JSON texts.

CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    id BLOB NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    username TEXT,
    username_key TEXT UNIQUE,
    name TEXT,
    password_hash TEXT,
    email_verified INTEGER NOT NULL,
    roles TEXT NOT NULL,
    data TEXT NOT NULL,
    disabled_at INTEGER,
    credential_epoch INTEGER NOT NULL,
    authz_epoch INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- No index holds a column that a rotation changes: a rotation writes its row and nothing else.
CREATE TABLE sessions (
    id BLOB NOT NULL PRIMARY KEY,
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client TEXT NOT NULL,
    generation INTEGER NOT NULL,
    salt BLOB NOT NULL,
    rotated_at INTEGER NOT NULL,
    recent TEXT NOT NULL,
    last_key BLOB,
    key_run INTEGER NOT NULL,
    credential_epoch INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    idle_until INTEGER NOT NULL,
    absolute_until INTEGER NOT NULL,
    revoked_at INTEGER,
    revoke_reason TEXT,
    user_agent TEXT,
    ip TEXT,
    amr TEXT NOT NULL,
    auth_time INTEGER NOT NULL,
    delivery TEXT NOT NULL,
    audience TEXT,
    dpop_jkt TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_user_id ON sessions (user_id);

CREATE TABLE signing_keys (
    kid TEXT NOT NULL PRIMARY KEY,
    algorithm TEXT NOT NULL,
    state TEXT NOT NULL,
    public_jwk TEXT NOT NULL,
    private_sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    activated_at INTEGER,
    retired_at INTEGER,
    expires_at INTEGER
) STRICT, WITHOUT ROWID;

-- Two nodes that start on an empty database must not both make the key that signs.
CREATE UNIQUE INDEX signing_keys_one_active ON signing_keys (algorithm) WHERE state = 'active';

CREATE TABLE refresh_keys (
    id BLOB NOT NULL PRIMARY KEY,
    sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    mints_from INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE attempts (
    key BLOB NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL,
    window_started_at INTEGER NOT NULL,
    consecutive INTEGER NOT NULL,
    blocked_until INTEGER NOT NULL,
    last_failed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX attempts_last_failed_at ON attempts (last_failed_at);

CREATE TABLE known_addresses (
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    address BLOB NOT NULL,
    last_success_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, address)
) STRICT, WITHOUT ROWID;

CREATE INDEX known_addresses_last_success_at ON known_addresses (last_success_at);

-- Outlives the users and sessions it tells of.
CREATE TABLE audit (
    id BLOB NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    user_id BLOB,
    session_id BLOB,
    request_id TEXT,
    detail TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_user_id ON audit (user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX audit_session_id ON audit (session_id, id) WHERE session_id IS NOT NULL;

CREATE TABLE links (
    token_hash BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    user_id BLOB REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX links_user_id ON links (user_id);
CREATE INDEX links_expires_at ON links (expires_at);
