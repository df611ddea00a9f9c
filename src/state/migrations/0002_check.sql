-- Verdicts of reconciliation: what was proven, and when, cannot be found out afterwards. outcome: agree, differ, failed.
-- started_by: weekly, or who asked (a user's id, 'local'). report: the whole answer as JSON, null when it failed; months
-- are YYYY-MM, the last one inclusive.
CREATE TABLE check_run (
  id INTEGER PRIMARY KEY, portal_id TEXT NOT NULL REFERENCES portal (id) ON DELETE CASCADE,
  started_at INTEGER NOT NULL, finished_at INTEGER NOT NULL, from_month TEXT NOT NULL, to_month TEXT NOT NULL,
  outcome TEXT NOT NULL, cards INTEGER NOT NULL, left_cards INTEGER NOT NULL, repaired INTEGER NOT NULL,
  explained INTEGER NOT NULL, error_code TEXT, error_message TEXT, report TEXT, started_by TEXT NOT NULL) STRICT;
CREATE INDEX check_run_of_portal ON check_run (portal_id, id);
