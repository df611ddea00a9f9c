-- The activities that may touch a card in question, found in one pass over the two large tables.
CREATE OR REPLACE TEMP TABLE binding_rows AS
WITH wanted AS MATERIALIZED (
  SELECT 'lead' AS entity, id FROM lead_rows UNION ALL SELECT 'deal', id FROM deal_rows
  UNION SELECT entity, id FROM lead_party UNION SELECT entity, id FROM deal_party)
SELECT b.* FROM (SELECT * FROM activity_binding WHERE card_id IN (SELECT id FROM wanted)) b
SEMI JOIN wanted s ON s.id = b.card_id AND s.entity = b.entity;

-- By their places: of rows that are not wanted only the ids are read.
CREATE OR REPLACE TEMP TABLE touching AS
SELECT * FROM activity
WHERE rowid IN (SELECT a.rowid FROM activity a SEMI JOIN binding_rows b ON b.activity_id = a.id);
