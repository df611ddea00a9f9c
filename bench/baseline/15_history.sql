-- request: {"measures": ["deals_created"], "dimensions": ["month"]}
-- period: all
SELECT strftime(date_trunc('month', created_at + INTERVAL 3 HOUR), '%Y-%m-%d') AS month, count(*) AS deals_created
FROM deal WHERE deleted_at IS NULL AND pipeline_id <> '4' GROUP BY 1 ORDER BY 1
