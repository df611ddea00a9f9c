-- request: {"measures": ["deals_created", "deals_won", "won_amount", "avg_won", "won_cycle", "conversion_period", "in_work_created", "in_work_created_amount", "deals_lost"]}
WITH closing AS (
  SELECT card_id, max(moved_at) AS closed_at FROM stage_event WHERE entity = 'deal' AND kind = 3 GROUP BY card_id),
d AS (
  SELECT d.*, s.semantic, CASE WHEN s.semantic <> 'P' THEN c.closed_at END AS closed, coalesce(d.seller_id, d.owner_id) AS seller,
    round(d.amount * coalesce(r.rate, 1), 2) AS money
  FROM deal d
  JOIN stage s ON s.entity = 'deal' AND s.pipeline_id = d.pipeline_id AND s.id = d.stage_id
  LEFT JOIN closing c ON c.card_id = d.id
  LEFT JOIN currency_rate r ON r.currency = d.currency
  WHERE d.deleted_at IS NULL AND d.pipeline_id <> '4' {deal})
SELECT
  count(*) FILTER (created_at >= {from} AND created_at < {to}) AS deals_created,
  count(*) FILTER (semantic = 'S' AND closed >= {from} AND closed < {to}) AS deals_won,
  sum(money) FILTER (semantic = 'S' AND closed >= {from} AND closed < {to}) AS won_amount,
  avg(money) FILTER (semantic = 'S' AND closed >= {from} AND closed < {to}) AS avg_won,
  avg(epoch(closed) - epoch(created_at)) FILTER (semantic = 'S' AND closed >= {from} AND closed < {to}) AS won_cycle,
  count(*) FILTER (semantic = 'S' AND closed >= {from} AND closed < {to}) / nullif(count(*) FILTER (created_at >= {from} AND created_at < {to}), 0) AS conversion_period,
  count(*) FILTER (semantic = 'P' AND created_at >= {from} AND created_at < {to}) AS in_work_created,
  sum(money) FILTER (semantic = 'P' AND created_at >= {from} AND created_at < {to}) AS in_work_created_amount,
  count(*) FILTER (semantic = 'F' AND closed >= {from} AND closed < {to}) AS deals_lost
FROM d
