-- The day on which the card of the stay was won (metrics.md "Closed"), NULL: never so far.
ALTER TABLE f_lead_visit ADD COLUMN won_day INTEGER;
ALTER TABLE f_deal_visit ADD COLUMN won_day INTEGER;
-- The day on which the card entered the same stage, the same pipeline (any stage in work of it) the last time before, NULL: never.
ALTER TABLE f_lead_visit ADD COLUMN stage_before_day INTEGER;
ALTER TABLE f_lead_visit ADD COLUMN pipeline_before_day INTEGER;
ALTER TABLE f_deal_visit ADD COLUMN stage_before_day INTEGER;
ALTER TABLE f_deal_visit ADD COLUMN pipeline_before_day INTEGER;

-- How long a deal may stand in each stage, as of a day, in seconds; NULL: nothing tells. The portal's own limit in days
-- (portal_setting, kind 'stage_days', name = stage or pipeline/stage, from_day NULL: from always), else the 80th percentile of
-- the stays that ended in the 365 days until then, of deals won after them and by then; under 20 of them those of the pipeline.
CREATE MACRO stage_limit(on_day) AS TABLE
WITH stay AS (
  SELECT pipeline_key, stage_key, seconds FROM f_deal_visit
  WHERE semantic = 0 AND NOT deleted AND left_day > on_day - 365 AND left_day <= on_day AND won_day >= left_day AND won_day <= on_day),
pace AS (
  SELECT pipeline_key, stage_key, grouping(stage_key) = 1 AS whole, count(*) AS stays, quantile_cont(seconds, 0.8) AS seconds
  FROM stay GROUP BY GROUPING SETS ((pipeline_key, stage_key), (pipeline_key))),
told AS (
  SELECT s.key, arg_max(CAST(o.value AS DOUBLE), coalesce(o.from_day, -2147483648)) * 86400 AS seconds
  FROM portal_setting o JOIN d_stage s ON s.entity = 'deal' LEFT JOIN d_pipeline p ON p.key = s.pipeline_key
  WHERE o.kind = 'stage_days' AND o.name IN (s.id, p.id || '/' || s.id) AND coalesce(o.from_day, -2147483648) <= on_day GROUP BY s.key)
SELECT s.key AS stage_key, coalesce(t.seconds, CASE WHEN a.stays >= 20 THEN a.seconds ELSE w.seconds END) AS seconds
FROM d_stage s LEFT JOIN told t ON t.key = s.key
LEFT JOIN pace a ON NOT a.whole AND a.stage_key = s.key AND a.pipeline_key = s.pipeline_key
LEFT JOIN pace w ON w.whole AND w.pipeline_key = s.pipeline_key
WHERE s.entity = 'deal';

-- What became of the deals that entered each stage in the 365 days until a day: how many they were and how many of them were won by
-- then; under 20 of them those that entered any stage of the pipeline. No row: none did.
CREATE MACRO stage_odds(on_day) AS TABLE
WITH stay AS (
  SELECT pipeline_key, stage_key, coalesce(won_day <= on_day, FALSE) AS won,
    coalesce(stage_before_day <= on_day - 365, TRUE) AS first_there, coalesce(pipeline_before_day <= on_day - 365, TRUE) AS first_at_all
  FROM f_deal_visit WHERE semantic = 0 AND NOT deleted AND entered_day > on_day - 365 AND entered_day <= on_day),
odds AS (
  SELECT pipeline_key, stage_key, count(*) FILTER (WHERE first_there) AS entered, count(*) FILTER (WHERE first_there AND won) AS won,
    count(*) FILTER (WHERE first_at_all) AS came, count(*) FILTER (WHERE first_at_all AND won) AS came_won
  FROM stay GROUP BY pipeline_key, stage_key),
whole AS (
  SELECT pipeline_key, CAST(sum(came) AS BIGINT) AS entered, CAST(sum(came_won) AS BIGINT) AS won FROM odds GROUP BY pipeline_key)
SELECT s.key AS stage_key, CASE WHEN a.entered >= 20 THEN a.entered ELSE w.entered END AS entered,
  CASE WHEN a.entered >= 20 THEN a.won ELSE w.won END AS won
FROM d_stage s JOIN whole w ON w.pipeline_key = s.pipeline_key
LEFT JOIN odds a ON a.stage_key = s.key AND a.pipeline_key = s.pipeline_key
WHERE s.entity = 'deal';

-- An amount times part / whole, exact, halves away from zero: in 64 bits where they suffice.
CREATE MACRO share_of(amount, part, whole) AS CASE
  WHEN amount IS NULL OR part IS NULL OR whole IS NULL THEN NULL
  WHEN abs(amount) < 1000000000 THEN CASE WHEN amount < 0 THEN -1 ELSE 1 END * CAST(CAST(
    (2 * CAST(CAST(abs(amount) AS DECIMAL(11, 2)) * CAST(100 AS DECIMAL(3, 0)) AS BIGINT) * part + whole) // (2 * whole)
    AS DECIMAL(16, 0)) * CAST(0.01 AS DECIMAL(2, 2)) AS DECIMAL(18, 2))
  ELSE CAST(CASE WHEN amount < 0 THEN -1 ELSE 1 END * CAST(
    (2 * CAST(CAST(abs(amount) AS DECIMAL(20, 2)) * 100 AS HUGEINT) * part + whole) // (2 * whole)
    AS DECIMAL(20, 0)) * CAST(0.01 AS DECIMAL(2, 2)) AS DECIMAL(18, 2)) END;
UPDATE data_state SET star_behind = TRUE WHERE data_version > 0;
