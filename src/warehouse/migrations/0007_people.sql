-- What people did (metrics.md, People). Of an activity: kind_key as in models/dimensions/activity_kind.yaml; done: it took
-- place (a missed call did, without being completed); person: done by nobody's robot (technical accounts as of its day,
-- the CRM's own completions). A call of telephony that the CRM made no activity of stands here as 'call:ID'.
ALTER TABLE f_activity ADD COLUMN kind_key INTEGER DEFAULT 11;
ALTER TABLE f_activity ADD COLUMN done BOOLEAN DEFAULT FALSE;
ALTER TABLE f_activity ADD COLUMN person BOOLEAN DEFAULT FALSE;
-- Who moved the card into the stage: whom the CRM names, else its responsible then; 0: a robot.
ALTER TABLE f_lead_visit ADD COLUMN mover_key INTEGER DEFAULT 0;
ALTER TABLE f_deal_visit ADD COLUMN mover_key INTEGER DEFAULT 0;

-- Everything that people do, a stage change included: one row each, whatever it is bound to. 0: not bound.
CREATE VIEW f_action AS
SELECT activity_id, kind_key, day, created_day, deadline_day, done, doer_key, deal_key, lead_key, client_key, duration_s
FROM f_activity WHERE person
UNION ALL
SELECT 'move:deal:' || deal_key || ':' || visit, 10, entered_day, entered_day, NULL, TRUE, mover_key, deal_key, 0, 0, NULL
FROM f_deal_visit WHERE visit > 1 AND mover_key > 0 AND NOT deleted
UNION ALL
SELECT 'move:lead:' || lead_key || ':' || visit, 10, entered_day, entered_day, NULL, TRUE, mover_key, 0, lead_key, 0, NULL
FROM f_lead_visit WHERE visit > 1 AND mover_key > 0 AND NOT deleted;

-- What an activity counts for in the index, from a day on: portal_setting, kind 'activity_weight' (name = kind, value = decimal,
-- from_day NULL: from always), else metrics.md's. Missed calls and incoming e-mail have none.
CREATE VIEW d_weight AS
WITH kind(name, kind_key, usual) AS (VALUES ('call', 1, 1.0), ('call', 2, 1.0), ('meeting', 4, 3.0), ('email', 6, 1.0),
  ('task', 7, 1.0), ('message', 8, 0.5), ('comment', 9, 0.25), ('stage_change', 10, 0.25), ('other', 11, 0.25)),
told AS (
  SELECT k.kind_key, coalesce(s.from_day, -2147483648) AS from_day, CAST(s.value AS DOUBLE) AS weight
  FROM kind k JOIN portal_setting s ON s.kind = 'activity_weight' AND s.name = k.name
  UNION ALL
  SELECT k.kind_key, -2147483648, CAST(k.usual AS DOUBLE) FROM kind k WHERE NOT EXISTS (
    SELECT 1 FROM portal_setting s WHERE s.kind = 'activity_weight' AND s.name = k.name AND s.from_day IS NULL))
SELECT kind_key, from_day, coalesce(lead(from_day) OVER (PARTITION BY kind_key ORDER BY from_day), 2147483647) AS to_day, weight
FROM told;
-- What a file holds already is derived anew with its next load.
UPDATE data_state SET star_behind = TRUE WHERE data_version > 0;
