-- Whose inbox a link went to: a digest of purpose and address, by which a typed code is looked for.
ALTER TABLE links ADD COLUMN address BLOB;
CREATE INDEX links_address ON links (address) WHERE address IS NOT NULL;

-- Whether somebody signed up again, with another password, before the address was proven: then neither password stands.
ALTER TABLE users ADD COLUMN password_contested INTEGER NOT NULL DEFAULT 0;

-- What was asked for in the name of an address, as it came. Who that is, if anybody, is looked up after the answer.
CREATE TABLE mail_requests (
    id BLOB NOT NULL PRIMARY KEY,
    sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
