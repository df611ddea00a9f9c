-- Saved views: what a reader chose in a report (period, filters, selections, states of its widgets), under a name. address: the
-- query of the report's address as the browser writes it. At most one of a reader's views of a report is the default.
-- user_id: whose it is; 'local' for somebody at the machine's own socket.
CREATE TABLE saved_view (
  id TEXT PRIMARY KEY, user_id TEXT NOT NULL, portal_id TEXT NOT NULL REFERENCES portal (id) ON DELETE CASCADE,
  report TEXT NOT NULL, name TEXT NOT NULL, address TEXT NOT NULL, is_default INTEGER NOT NULL,
  changed_at INTEGER NOT NULL, UNIQUE (user_id, portal_id, report, name)) STRICT;
