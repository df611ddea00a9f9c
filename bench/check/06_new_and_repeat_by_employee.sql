-- request: {"measures": ["new_amount", "repeat_amount"], "dimensions": ["employee"]}
WITH {deals},
sale AS (
  SELECT d.*, row_number() OVER (PARTITION BY coalesce(d.company_id, k.company_id, d.contact_id, d.phone, d.id) ORDER BY closed, d.key) AS nth
  FROM d LEFT JOIN client k ON k.id = d.contact_id WHERE semantic = 'S')
SELECT seller AS employee, sum(money) FILTER (nth = 1) AS new_amount, sum(money) FILTER (nth > 1) AS repeat_amount
FROM sale WHERE closed >= {from} AND closed < {to} GROUP BY 1
