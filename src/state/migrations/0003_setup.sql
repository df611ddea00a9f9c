-- A CRM that was asked and answered, but is not begun yet. sealed: the secret as for table secret (JSON). portal_id: the
-- portal that is connected anew, '' for a new one. A draft dies after a day, or when its portal begins.
CREATE TABLE setup_draft (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, address TEXT NOT NULL, portal_id TEXT NOT NULL, sealed BLOB NOT NULL,
  created_at INTEGER NOT NULL, user_id TEXT NOT NULL) STRICT;

-- How files with such a header are read, so that next month's need no more questions. signature: of the header's names.
-- choices: JSON, what a person chose for the columns; mapping: the whole mapping (YAML) that was imported with.
CREATE TABLE file_mapping (
  portal_id TEXT NOT NULL REFERENCES portal (id) ON DELETE CASCADE, signature TEXT NOT NULL, choices TEXT NOT NULL,
  mapping TEXT NOT NULL, changed_at INTEGER NOT NULL, user_id TEXT NOT NULL,
  PRIMARY KEY (portal_id, signature)) STRICT;
