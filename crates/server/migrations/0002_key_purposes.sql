-- What a key is for: `access` signs tokens, `feed` signs the revocation feed and nothing else.
ALTER TABLE signing_keys ADD COLUMN purpose TEXT NOT NULL DEFAULT 'access';

-- A key in state `next` is published already and signs from here on.
ALTER TABLE signing_keys ADD COLUMN signs_from INTEGER;

-- The longest life of a token the key may have signed. Of a key made before this column nothing better is known than
-- the longest that a configuration may ask for, 24 hours.
ALTER TABLE signing_keys ADD COLUMN longest_lifetime INTEGER NOT NULL DEFAULT 86400000;

-- When the last token that the key made is over; none while it makes tokens.
ALTER TABLE refresh_keys ADD COLUMN expires_at INTEGER;

-- Nodes that do the same at the same time must not make two keys where one is meant.
DROP INDEX signing_keys_one_active;
CREATE UNIQUE INDEX signing_keys_one_active ON signing_keys (purpose, algorithm) WHERE state = 'active';
CREATE UNIQUE INDEX signing_keys_one_next ON signing_keys (purpose, algorithm) WHERE state = 'next';
