-- request: {"measures": ["deals_won", "deals_lost", "in_work_created"], "dimensions": ["age"]}
WITH {deals},
aged AS (
  SELECT *, CASE WHEN closed IS NOT NULL THEN floor((epoch(closed) - epoch(created_at)) / 86400)
    ELSE date_diff('day', (created_at + INTERVAL 3 HOUR)::DATE, DATE '2026-06-30') END AS days FROM d
  WHERE (semantic <> 'P' AND closed >= {from} AND closed < {to}) OR (semantic = 'P' AND created_at >= {from} AND created_at < {to}))
SELECT {age_band} AS age,
  count(*) FILTER (semantic = 'S') AS deals_won, count(*) FILTER (semantic = 'F') AS deals_lost,
  count(*) FILTER (semantic = 'P') AS in_work_created
FROM aged GROUP BY 1
