-- What a stage was before: its name, place and meaning until the day (excluded, in the portal's zone) on which a sync first
-- saw another; the present ones stand in `stage`. Only where the CRM is the source: what a person corrects in the mapping of a
-- file was never true.
CREATE TABLE stage_past (
  entity TEXT NOT NULL, pipeline_id TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, sort INTEGER,
  semantic TEXT NOT NULL, until_day INTEGER NOT NULL, seen_at TIMESTAMP NOT NULL);
-- What the CRM says that the stage meant ('P', 'S', 'F') when the card moved there; NULL: it does not say.
ALTER TABLE stage_event ADD COLUMN semantic TEXT;
-- sold: the portal's sale point, or a working stage behind it.
DROP VIEW stage_now;
ALTER TABLE stage_dated ADD COLUMN sold BOOLEAN DEFAULT FALSE;
CREATE VIEW stage_now AS SELECT * FROM stage_dated WHERE is_now;
DELETE FROM rule_period;  -- the map of stages is built anew
