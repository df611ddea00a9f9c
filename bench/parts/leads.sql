-- Leads with the meaning of their stage: l.
l AS (
  SELECT l.*, s.semantic FROM lead l
  JOIN stage s ON s.entity = 'lead' AND s.pipeline_id = l.pipeline_id AND s.id = l.stage_id
  WHERE l.deleted_at IS NULL {lead})
