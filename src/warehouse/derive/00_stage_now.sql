-- The stretches of time in which the dated settings that say what a stage means are the same, and the stages themselves; and
-- which rows of portal_setting hold in each: those whose from_day is the one of the last change before.
DELETE FROM rule_period;
INSERT INTO rule_period
WITH change AS (SELECT name AS kind, from_day FROM portal_setting WHERE kind = 'period'),
bound AS (
  SELECT -2147483648 AS day UNION SELECT from_day FROM change WHERE kind IN ('sale_point', 'after_sale', 'technical')
  UNION SELECT until_day FROM stage_past),
stretch AS (SELECT day AS from_day, coalesce(lead(day) OVER (ORDER BY day), 2147483647) AS to_day FROM bound)
SELECT s.from_day, s.to_day, s.from_day <= {today} AND {today} < s.to_day AS is_now,
  max(c.from_day) FILTER (WHERE c.kind = 'sale_point') AS sale_point_from,
  max(c.from_day) FILTER (WHERE c.kind = 'after_sale') AS after_sale_from,
  max(c.from_day) FILTER (WHERE c.kind = 'technical') AS technical_from
FROM stretch s LEFT JOIN change c ON c.from_day <= s.from_day
GROUP BY s.from_day, s.to_day;

-- What a stage effectively means in each of them: the CRM's semantic of then, moved by the portal's sale point; its place in
-- the pipeline. A move is judged by the setting of its day (metrics.md), and by what the stage meant on it.
DELETE FROM stage_dated;
INSERT INTO stage_dated
WITH past AS (
  SELECT *, coalesce(lag(until_day) OVER (PARTITION BY entity, pipeline_id, id ORDER BY until_day), -2147483648) AS from_day
  FROM stage_past),
placed AS (
  SELECT s.entity, s.pipeline_id, s.id, s.key, s.removed_at, coalesce(v.semantic, s.semantic) AS semantic,
    r.from_day, r.to_day, r.is_now, r.sale_point_from, r.after_sale_from,
    row_number() OVER (PARTITION BY r.from_day, s.entity, s.pipeline_id
      ORDER BY CASE WHEN v.id IS NULL THEN s.sort ELSE v.sort END NULLS LAST, s.key) AS place
  FROM stage s CROSS JOIN rule_period r
  LEFT JOIN past v ON v.entity = s.entity AND v.pipeline_id = s.pipeline_id AND v.id = s.id
    AND v.from_day <= r.from_day AND r.from_day < v.until_day),
-- The stage from which a card counts as sold, per deal pipeline.
sale AS (
  SELECT p.from_day, p.pipeline_id, p.place FROM placed p
  JOIN portal_setting s ON s.kind = 'sale_point' AND s.name = p.pipeline_id AND s.value = p.id
    AND s.from_day IS NOT DISTINCT FROM p.sale_point_from
  WHERE p.entity = 'deal'),
effective AS (
  SELECT p.*, coalesce(p.place >= sale.place, FALSE) AS sold,
    CASE WHEN p.semantic = 'S' OR (p.semantic = 'P' AND p.place >= sale.place) THEN 1
         WHEN p.semantic = 'F' THEN 2 ELSE 0 END AS sem
  FROM placed p
  LEFT JOIN sale ON p.entity = 'deal' AND sale.pipeline_id = p.pipeline_id AND sale.from_day = p.from_day),
ordered AS (
  SELECT *, row_number() OVER (PARTITION BY from_day, entity, pipeline_id ORDER BY sem, place) AS ordinal FROM effective)
SELECT o.entity, o.pipeline_id, o.id AS stage_id, o.key AS stage_key, coalesce(p.key, 0) AS pipeline_key,
  o.sem::TINYINT AS semantic, o.ordinal::INTEGER AS ordinal,
  o.sem = 0 AND o.ordinal = coalesce(
    min(o.ordinal) FILTER (WHERE o.sem = 0 AND o.removed_at IS NULL)
      OVER (PARTITION BY o.from_day, o.entity, o.pipeline_id), 1) AS is_first,
  o.entity = 'deal' AND a.name IS NOT NULL AS after_sale, o.from_day, o.to_day, o.is_now, o.sold
FROM ordered o
LEFT JOIN pipeline p ON p.entity = o.entity AND p.id = o.pipeline_id
LEFT JOIN portal_setting a ON a.kind = 'after_sale' AND a.name = o.pipeline_id
  AND a.from_day IS NOT DISTINCT FROM o.after_sale_from;

-- Who is no person: technical accounts, and the CRM's author 0.
DELETE FROM robot;
INSERT INTO robot
SELECT s.name AS id, r.from_day, r.to_day, r.is_now
FROM portal_setting s JOIN rule_period r ON r.technical_from IS NOT DISTINCT FROM s.from_day
WHERE s.kind = 'technical' AND s.name <> '0'
UNION ALL SELECT '0', -2147483648, 2147483647, TRUE;
