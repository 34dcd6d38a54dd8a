// What the peer keeps: users, and one row per refresh token, in SQLite with WAL and synchronous=FULL.
// FULL, because a rotation that was answered must survive a power cut, as Jotgate's does.
import Database from "better-sqlite3";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS users (
    id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL, name TEXT, roles TEXT NOT NULL,
    disabled_at INTEGER, created_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS refresh_tokens (
    token_hash BLOB PRIMARY KEY, family TEXT NOT NULL, user_id TEXT NOT NULL REFERENCES users (id),
    expires_at INTEGER NOT NULL, used_at INTEGER
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS refresh_tokens_by_family ON refresh_tokens (family);
`;

export function openStore(path) {
  const db = new Database(path);
  db.pragma("journal_mode = WAL");
  db.pragma("synchronous = FULL");
  db.exec(SCHEMA);

  const insertUser = db.prepare("INSERT INTO users (id, email, password_hash, name, roles, created_at) VALUES (?, ?, ?, ?, '[]', ?)");
  const userById = db.prepare("SELECT * FROM users WHERE id = ?");
  const userByEmail = db.prepare("SELECT * FROM users WHERE email = ?");
  const insertToken = db.prepare("INSERT INTO refresh_tokens (token_hash, family, user_id, expires_at) VALUES (?, ?, ?, ?)");
  const tokenByHash = db.prepare(
    "SELECT t.family, t.expires_at, t.used_at, u.id, u.email, u.roles FROM refresh_tokens t JOIN users u ON u.id = t.user_id" +
      " WHERE t.token_hash = ? AND u.disabled_at IS NULL",
  );
  const markUsed = db.prepare("UPDATE refresh_tokens SET used_at = ? WHERE token_hash = ? AND used_at IS NULL");
  const deleteFamily = db.prepare("DELETE FROM refresh_tokens WHERE family = ?");

  /** The user and family of the old token, which is used up and replaced; undefined when it is not good. */
  const rotate = db.transaction((oldHash, newHash, expiresAt, now) => {
    const token = tokenByHash.get(oldHash);
    if (!token || token.expires_at <= now) return undefined;
    if (token.used_at !== null) {
      deleteFamily.run(token.family);
      return undefined;
    }
    markUsed.run(now, oldHash);
    insertToken.run(newHash, token.family, token.id, expiresAt);
    return token;
  });

  return {
    insertUser: (user) => insertUser.run(user.id, user.email, user.passwordHash, user.name ?? null, Date.now()),
    userById: (id) => userById.get(id),
    userByEmail: (email) => userByEmail.get(email),
    insertToken: (hash, family, userId, expiresAt) => insertToken.run(hash, family, userId, expiresAt),
    rotate: (...args) => rotate.immediate(...args),
    endFamilyOf(hash) {
      const token = tokenByHash.get(hash);
      if (token) deleteFamily.run(token.family);
    },
    close: () => db.close(),
  };
}
