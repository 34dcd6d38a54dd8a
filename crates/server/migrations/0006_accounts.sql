-- The cookie that signs a browser in to the pages, by its digest. A rotation does not change it.
ALTER TABLE sessions ADD COLUMN page_hash BLOB;
CREATE UNIQUE INDEX sessions_page_hash ON sessions (page_hash) WHERE page_hash IS NOT NULL;

-- The language a user reads, for mails; none follows the default.
ALTER TABLE users ADD COLUMN language TEXT;

-- Links in mails carry a code to type as well. A link made before another password was set does not work after it.
-- data, a JSON object, holds what the link is to do, such as the new address.
ALTER TABLE links ADD COLUMN code_hash BLOB;
ALTER TABLE links ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE links ADD COLUMN credential_epoch INTEGER;
ALTER TABLE links ADD COLUMN data TEXT NOT NULL DEFAULT '{}';

-- Mails to be sent, written by the transaction that causes them. sealed holds the address, the subject and the text,
-- because links in it open accounts; it goes once the mail is sent. next_at is when to try, none when all is done.
CREATE TABLE outbox (
    id BLOB NOT NULL PRIMARY KEY,
    user_id BLOB REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    sealed BLOB,
    created_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    next_at INTEGER,
    sent_at INTEGER,
    given_up_at INTEGER,
    last_error TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX outbox_next_at ON outbox (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX outbox_user_id ON outbox (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX outbox_created_at ON outbox (created_at);

-- One authenticator app a user. last_step is the last time step whose code was taken: each is good once.
CREATE TABLE totp_secrets (
    user_id BLOB NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    sealed BLOB NOT NULL,
    last_step INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    confirmed_at INTEGER,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE passkeys (
    id BLOB NOT NULL PRIMARY KEY,
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    credential_id BLOB NOT NULL UNIQUE,
    credential TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX passkeys_user_id ON passkeys (user_id);

CREATE TABLE recovery_codes (
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER,
    PRIMARY KEY (user_id, code_hash)
) STRICT, WITHOUT ROWID;

-- What was asked of somebody half way through: a second factor, a passkey. state, a JSON object, never leaves the server.
CREATE TABLE challenges (
    token_hash BLOB NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    user_id BLOB REFERENCES users (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    tries INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX challenges_expires_at ON challenges (expires_at);
CREATE INDEX challenges_user_id ON challenges (user_id) WHERE user_id IS NOT NULL;

-- Browsers from which a user logged in before, by the digest of their cookie.
CREATE TABLE known_devices (
    user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    device BLOB NOT NULL,
    user_agent TEXT,
    first_success_at INTEGER NOT NULL,
    last_success_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, device)
) STRICT, WITHOUT ROWID;

CREATE INDEX known_devices_last_success_at ON known_devices (last_success_at);
