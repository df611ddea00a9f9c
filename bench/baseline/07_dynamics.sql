-- request: {"measures": ["won_amount"], "dimensions": ["month"]}
WITH {deals}
SELECT strftime(date_trunc('month', closed + INTERVAL 3 HOUR), '%Y-%m-%d') AS month, sum(money) AS won_amount
FROM d WHERE semantic = 'S' AND closed >= {from} AND closed < {to} GROUP BY 1 ORDER BY 1
