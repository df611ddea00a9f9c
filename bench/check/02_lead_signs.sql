-- request: {"measures": ["leads_untouched", "leads_forgotten"]}
-- entity: lead
-- The whole rule of metrics.md, "Sign of life": also through the clients of a card, and moves by people.
WITH robot AS (SELECT name AS id FROM portal_setting WHERE kind = 'technical' UNION SELECT '0'),
open AS (
  SELECT c.id, c.stage_id, c.pipeline_id, c.owner_id, c.mover_id, c.company_id, c.contact_id, (c.created_at + INTERVAL 3 HOUR)::DATE AS created
  FROM lead c JOIN stage s ON s.entity = 'lead' AND s.pipeline_id = c.pipeline_id AND s.id = c.stage_id
  WHERE s.semantic = 'P' AND c.deleted_at IS NULL ),
party AS (
  SELECT DISTINCT * FROM (
    SELECT id AS card_id, split_part(company_id, ':', 1) AS entity, split_part(company_id, ':', 2) AS client FROM open
    UNION ALL SELECT id, split_part(contact_id, ':', 1), split_part(contact_id, ':', 2) FROM open )
  WHERE client IS NOT NULL),
{life}
SELECT count(*) FILTER (o.stage_id = (SELECT arg_min(s.id, s.sort) FROM stage s WHERE s.entity = 'lead' AND s.pipeline_id = o.pipeline_id)
    AND o.id NOT IN (SELECT card_id FROM life)) AS leads_untouched,
  count(*) FILTER ({is_forgotten}) AS leads_forgotten
FROM open o
