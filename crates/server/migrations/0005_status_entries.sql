-- Where the status of a session's tokens stands in the Token Status Lists. The row outlives its session, so that an
-- index is given to nobody else while a token that names it may be about. used_until, in seconds, is until when such
-- tokens may be made.
CREATE TABLE status_entries (
    list INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    session_id BLOB NOT NULL,
    ended INTEGER NOT NULL,
    used_until INTEGER NOT NULL,
    PRIMARY KEY (list, idx)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX status_entries_session ON status_entries (session_id);
CREATE INDEX status_entries_ended ON status_entries (list, idx) WHERE ended = 1;
CREATE INDEX status_entries_used_until ON status_entries (used_until);
