-- request: {"measures": ["deals_won", "deals_lost", "in_work_created"], "dimensions": ["age"]}
-- check: loose (days in work are whole calendar days there, elapsed time here)
WITH {deals},
aged AS (
  SELECT *, (epoch(coalesce(closed, {now})) - epoch(created_at)) / 86400 AS days FROM d
  WHERE (semantic <> 'P' AND closed >= {from} AND closed < {to}) OR (semantic = 'P' AND created_at >= {from} AND created_at < {to}))
SELECT {age_band} AS age,
  count(*) FILTER (semantic = 'S') AS deals_won, count(*) FILTER (semantic = 'F') AS deals_lost,
  count(*) FILTER (semantic = 'P') AS in_work_created
FROM aged GROUP BY 1 ORDER BY 1
