-- request: {"measures": ["deals_created", "deals_won", "won_amount", "avg_won", "won_cycle", "conversion_period", "in_work_created", "in_work_created_amount", "deals_lost"]}
WITH {deals}
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
