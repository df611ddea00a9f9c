-- What cannot be rebuilt from a CRM. Moments are microseconds since 1970 (UTC); user_id is who wrote the row:
-- a user's id, 'local' for somebody at the machine's own command line, 'system' for the program itself.

CREATE TABLE portal (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, zone TEXT NOT NULL, currency TEXT NOT NULL,
  address TEXT NOT NULL, has_leads INTEGER NOT NULL, created_at INTEGER NOT NULL, user_id TEXT NOT NULL) STRICT;

-- sealed: libsodium secretbox, nonce first; the key lies beside the database in its own file.
CREATE TABLE secret (
  portal_id TEXT NOT NULL REFERENCES portal (id) ON DELETE CASCADE, name TEXT NOT NULL, sealed BLOB NOT NULL,
  changed_at INTEGER NOT NULL, user_id TEXT NOT NULL, PRIMARY KEY (portal_id, name)) STRICT;

-- value: JSON of the declared type. from_day: first day on which it holds ('' = always); days as YYYY-MM-DD.
CREATE TABLE portal_setting (
  portal_id TEXT NOT NULL REFERENCES portal (id) ON DELETE CASCADE, name TEXT NOT NULL, from_day TEXT NOT NULL,
  value TEXT NOT NULL, changed_at INTEGER NOT NULL, user_id TEXT NOT NULL,
  PRIMARY KEY (portal_id, name, from_day)) STRICT;

-- email and password_hash are null until the one who came in by the one-time code has set them.
CREATE TABLE user (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT UNIQUE COLLATE NOCASE, password_hash TEXT, role TEXT NOT NULL,
  interface TEXT NOT NULL DEFAULT '{}', created_at INTEGER NOT NULL, user_id TEXT NOT NULL) STRICT;

CREATE TABLE session (
  token_hash TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL) STRICT;
CREATE INDEX session_of_user ON session (user_id);

-- At most one row: a new code replaces the old one, a used one is deleted.
CREATE TABLE one_time_code (
  id INTEGER PRIMARY KEY CHECK (id = 1), code_hash TEXT NOT NULL, expires_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL, user_id TEXT NOT NULL) STRICT;

-- When a portal's repeated job ran last, so that a restart neither skips nor repeats one.
CREATE TABLE job (
  portal_id TEXT NOT NULL REFERENCES portal (id) ON DELETE CASCADE, name TEXT NOT NULL, ran_at INTEGER NOT NULL,
  outcome TEXT NOT NULL, user_id TEXT NOT NULL, PRIMARY KEY (portal_id, name)) STRICT;
