-- request: {"measures": ["new_amount", "repeat_amount"], "dimensions": ["month"]}
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
sale AS (
  SELECT d.*, row_number() OVER (PARTITION BY coalesce(d.company_id, k.company_id, d.contact_id, d.phone, d.id) ORDER BY closed, d.key) AS nth
  FROM d LEFT JOIN client k ON k.id = d.contact_id WHERE semantic = 'S')
SELECT strftime(date_trunc('month', closed + INTERVAL 3 HOUR), '%Y-%m-%d') AS month,
  sum(money) FILTER (nth = 1) AS new_amount, sum(money) FILTER (nth > 1) AS repeat_amount
FROM sale WHERE closed >= {from} AND closed < {to} GROUP BY 1
