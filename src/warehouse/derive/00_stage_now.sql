-- What a stage effectively means: the CRM's semantic, moved by the portal's sale point; its place in the pipeline.
CREATE OR REPLACE TEMP TABLE stage_now AS
WITH placed AS (
  SELECT *, row_number() OVER (PARTITION BY entity, pipeline_id ORDER BY sort NULLS LAST, key) AS place FROM stage),
-- The stage from which a card counts as sold, per deal pipeline.
sale AS (
  SELECT p.pipeline_id, p.place FROM placed p
  JOIN portal_setting s ON s.kind = 'sale_point' AND s.name = p.pipeline_id AND s.value = p.id
  WHERE p.entity = 'deal'),
effective AS (
  SELECT p.*, CASE WHEN p.semantic = 'S' OR (p.semantic = 'P' AND p.place >= sale.place) THEN 1
                   WHEN p.semantic = 'F' THEN 2 ELSE 0 END AS sem
  FROM placed p LEFT JOIN sale ON p.entity = 'deal' AND sale.pipeline_id = p.pipeline_id),
ordered AS (
  SELECT *, row_number() OVER (PARTITION BY entity, pipeline_id ORDER BY sem, place) AS ordinal FROM effective)
SELECT o.entity, o.pipeline_id, o.id AS stage_id, o.key AS stage_key, coalesce(p.key, 0) AS pipeline_key,
  o.sem::TINYINT AS semantic, o.ordinal::INTEGER AS ordinal,
  o.sem = 0 AND o.ordinal = coalesce(
    min(o.ordinal) FILTER (WHERE o.sem = 0 AND o.removed_at IS NULL) OVER (PARTITION BY o.entity, o.pipeline_id), 1)
    AS is_first,
  o.entity = 'deal' AND a.name IS NOT NULL AS after_sale
FROM ordered o
LEFT JOIN pipeline p ON p.entity = o.entity AND p.id = o.pipeline_id
LEFT JOIN portal_setting a ON a.kind = 'after_sale' AND a.name = o.pipeline_id;
