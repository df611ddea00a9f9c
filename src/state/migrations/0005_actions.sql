-- Writing back to the CRM. One row per request of a person or of a rule; id is the client's own and the key that keeps a
-- request from being done twice. asked: what was asked, as canonical JSON: the same id with another asked is refused.
-- responsible '' : each card's own. deadline_at: microseconds UTC, NULL for re-assigning. send_after: when sending may begin.
CREATE TABLE action_request (
  portal_id TEXT NOT NULL REFERENCES portal (id) ON DELETE CASCADE, id TEXT NOT NULL, kind TEXT NOT NULL,
  text TEXT NOT NULL, deadline_at INTEGER, responsible TEXT NOT NULL, asked TEXT NOT NULL, rule_id TEXT NOT NULL,
  created_at INTEGER NOT NULL, created_by TEXT NOT NULL, send_after INTEGER NOT NULL,
  PRIMARY KEY (portal_id, id)) STRICT;
-- One card of a request. state: skipped (reason says why), pending, sending (written before the call), unknown (the answer was
-- lost: looked for in the CRM before anything else), sent (crm_id), failed (error), cancelled. before: the responsible at the
-- time of asking. not_before: when it is next worked on. tried_at: of the last try.
CREATE TABLE action_item (
  portal_id TEXT NOT NULL, request_id TEXT NOT NULL, ordinal INTEGER NOT NULL, entity TEXT NOT NULL,
  card_id TEXT NOT NULL, title TEXT NOT NULL, responsible TEXT NOT NULL, responsible_name TEXT NOT NULL,
  before TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '', crm_id TEXT NOT NULL DEFAULT '',
  error_code TEXT NOT NULL DEFAULT '', error_message TEXT NOT NULL DEFAULT '', attempts INTEGER NOT NULL DEFAULT 0,
  not_before INTEGER NOT NULL DEFAULT 0, tried_at INTEGER, changed_at INTEGER NOT NULL,
  PRIMARY KEY (portal_id, request_id, ordinal),
  FOREIGN KEY (portal_id, request_id) REFERENCES action_request (portal_id, id) ON DELETE CASCADE) STRICT;
CREATE INDEX action_item_open ON action_item (portal_id, state) WHERE state IN ('pending', 'sending', 'unknown');
CREATE INDEX action_item_card ON action_item (portal_id, entity, card_id);
-- A daily rule: order is what each run asks (a records query, text, deadline …) as JSON. It runs once a day of the portal,
-- from `hour` on, while enabled.
CREATE TABLE action_rule (
  portal_id TEXT NOT NULL REFERENCES portal (id) ON DELETE CASCADE, id TEXT NOT NULL, name TEXT NOT NULL,
  asked TEXT NOT NULL, hour INTEGER NOT NULL, cards_max INTEGER NOT NULL, enabled INTEGER NOT NULL,
  changed_at INTEGER NOT NULL, changed_by TEXT NOT NULL, PRIMARY KEY (portal_id, id)) STRICT;
-- day: of the portal's zone. request_id '' : nothing was asked for.
CREATE TABLE action_rule_run (
  portal_id TEXT NOT NULL, rule_id TEXT NOT NULL, day INTEGER NOT NULL, ran_at INTEGER NOT NULL,
  request_id TEXT NOT NULL, found INTEGER NOT NULL, planned INTEGER NOT NULL, skipped INTEGER NOT NULL,
  error_code TEXT NOT NULL, error_message TEXT NOT NULL, PRIMARY KEY (portal_id, rule_id, day),
  FOREIGN KEY (portal_id, rule_id) REFERENCES action_rule (portal_id, id) ON DELETE CASCADE) STRICT;
