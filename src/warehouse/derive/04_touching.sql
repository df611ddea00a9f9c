-- The activities that may touch a card in question, found in one pass over the two large tables.
CREATE OR REPLACE TEMP TABLE binding_rows AS
SELECT b.* FROM activity_binding b SEMI JOIN (
  SELECT 'lead' AS entity, id FROM lead_rows UNION ALL SELECT 'deal', id FROM deal_rows
  UNION SELECT entity, id FROM lead_party UNION SELECT entity, id FROM deal_party) s
  ON s.id = b.card_id AND s.entity = b.entity;

CREATE OR REPLACE TEMP TABLE touching AS
SELECT * FROM activity a SEMI JOIN binding_rows b ON b.activity_id = a.id;
