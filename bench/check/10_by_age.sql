-- request: {"measures": ["deals_won", "deals_lost", "in_work_created"], "dimensions": ["age"]}
WITH closing AS (
  SELECT card_id, max(moved_at) AS closed_at FROM stage_event WHERE entity = 'deal' AND kind = 3 GROUP BY card_id),
d AS (
  SELECT d.*, s.semantic, CASE WHEN s.semantic <> 'P' THEN c.closed_at END AS closed, coalesce(d.seller_id, d.owner_id) AS seller,
    round(d.amount * coalesce(r.rate, 1), 2) AS money
  FROM deal d
  JOIN stage s ON s.entity = 'deal' AND s.pipeline_id = d.pipeline_id AND s.id = d.stage_id
  LEFT JOIN closing c ON c.card_id = d.id
  LEFT JOIN currency_rate r ON r.currency = d.currency
  WHERE d.deleted_at IS NULL AND d.pipeline_id <> '4' {deal}),
aged AS (
  SELECT *, CASE WHEN closed IS NOT NULL THEN floor((epoch(closed) - epoch(created_at)) / 86400)
    ELSE date_diff('day', (created_at + INTERVAL 3 HOUR)::DATE, DATE '2026-06-30') END AS days FROM d
  WHERE (semantic <> 'P' AND closed >= {from} AND closed < {to}) OR (semantic = 'P' AND created_at >= {from} AND created_at < {to}))
SELECT CASE WHEN days < 31 THEN '0-30' WHEN days < 92 THEN '31-91' WHEN days < 183 THEN '92-182' WHEN days < 365 THEN '183-364'
    WHEN days < 730 THEN '365-729' WHEN days < 1826 THEN '730-1825' ELSE '1826+' END AS age,
  count(*) FILTER (semantic = 'S') AS deals_won, count(*) FILTER (semantic = 'F') AS deals_lost,
  count(*) FILTER (semantic = 'P') AS in_work_created
FROM aged GROUP BY 1
