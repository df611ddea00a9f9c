-- request: {"measures": ["new_amount", "repeat_amount"], "dimensions": ["month"]}
-- check: loose (sales of one client at the same moment may be ordered otherwise)
WITH {deals},
sale AS (
  SELECT d.*, row_number() OVER (PARTITION BY coalesce(d.company_id, k.company_id, d.contact_id, d.phone, d.id) ORDER BY closed, d.id) AS nth
  FROM d LEFT JOIN client k ON k.id = d.contact_id WHERE semantic = 'S')
SELECT strftime(date_trunc('month', closed + INTERVAL 3 HOUR), '%Y-%m-%d') AS month,
  sum(money) FILTER (nth = 1) AS new_amount, sum(money) FILTER (nth > 1) AS repeat_amount
FROM sale WHERE closed >= {from} AND closed < {to} GROUP BY 1 ORDER BY 1
