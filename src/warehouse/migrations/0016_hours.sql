-- The hour, 0 to 23 in the portal's zone, of the moments whose days stand beside them. NULL: never, or known by its day only.
ALTER TABLE f_lead ADD COLUMN created_hour TINYINT;
ALTER TABLE f_lead ADD COLUMN closed_hour TINYINT;
ALTER TABLE f_deal ADD COLUMN created_hour TINYINT;
ALTER TABLE f_deal ADD COLUMN closed_hour TINYINT;
ALTER TABLE f_lead_visit ADD COLUMN entered_hour TINYINT;
ALTER TABLE f_deal_visit ADD COLUMN entered_hour TINYINT;
ALTER TABLE f_activity ADD COLUMN hour TINYINT;
ALTER TABLE f_activity ADD COLUMN created_hour TINYINT;
CREATE OR REPLACE VIEW f_action AS
SELECT activity_id, kind_key, day, created_day, deadline_day, done, doer_key, deal_key, lead_key, client_key, duration_s, hour, created_hour
FROM f_activity WHERE person
UNION ALL
SELECT 'move:deal:' || deal_key || ':' || visit, 10, entered_day, entered_day, NULL, TRUE, mover_key, deal_key, 0, 0, NULL, entered_hour, entered_hour
FROM f_deal_visit WHERE visit > 1 AND mover_key > 0 AND NOT deleted
UNION ALL
SELECT 'move:lead:' || lead_key || ':' || visit, 10, entered_day, entered_day, NULL, TRUE, mover_key, 0, lead_key, 0, NULL, entered_hour, entered_hour
FROM f_lead_visit WHERE visit > 1 AND mover_key > 0 AND NOT deleted;
UPDATE data_state SET star_behind = TRUE WHERE data_version > 0;
