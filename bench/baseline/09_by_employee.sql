-- request: {"measures": ["leads_created", "leads_qualified", "deals_created", "deals_won", "won_amount", "avg_won", "conversion_period", "won_cycle", "in_work_created", "in_work_created_amount", "deals_lost", "lost_amount"], "dimensions": ["employee"]}
WITH {deals},
{leads},
lead_part AS (
  SELECT owner_id AS employee, count(*) FILTER (created_at >= {from} AND created_at < {to}) AS leads_created,
    count(*) FILTER (semantic = 'S' AND closed_at >= {from} AND closed_at < {to}) AS leads_qualified
  FROM l GROUP BY 1),
created_part AS (
  SELECT owner_id AS employee, count(*) FILTER (created_at >= {from} AND created_at < {to}) AS deals_created,
    count(*) FILTER (semantic = 'P' AND created_at >= {from} AND created_at < {to}) AS in_work_created,
    sum(money) FILTER (semantic = 'P' AND created_at >= {from} AND created_at < {to}) AS in_work_created_amount
  FROM d GROUP BY 1),
closed_part AS (
  SELECT seller AS employee, count(*) FILTER (semantic = 'S' AND closed >= {from} AND closed < {to}) AS deals_won,
    sum(money) FILTER (semantic = 'S' AND closed >= {from} AND closed < {to}) AS won_amount,
    avg(money) FILTER (semantic = 'S' AND closed >= {from} AND closed < {to}) AS avg_won,
    avg(epoch(closed) - epoch(created_at)) FILTER (semantic = 'S' AND closed >= {from} AND closed < {to}) AS won_cycle,
    count(*) FILTER (semantic = 'F' AND closed >= {from} AND closed < {to}) AS deals_lost,
    sum(money) FILTER (semantic = 'F' AND closed >= {from} AND closed < {to}) AS lost_amount
  FROM d GROUP BY 1)
SELECT u.id AS employee, coalesce(leads_created, 0), coalesce(leads_qualified, 0), coalesce(deals_created, 0),
  coalesce(deals_won, 0), won_amount, avg_won, coalesce(deals_won, 0) / nullif(deals_created, 0), won_cycle,
  coalesce(in_work_created, 0), in_work_created_amount, coalesce(deals_lost, 0), lost_amount
FROM crm_user u
LEFT JOIN lead_part a ON a.employee = u.id
LEFT JOIN created_part b ON b.employee = u.id
LEFT JOIN closed_part c ON c.employee = u.id
WHERE coalesce(leads_created, 0) + coalesce(leads_qualified, 0) + coalesce(deals_created, 0) + coalesce(deals_won, 0)
  + coalesce(deals_lost, 0) > 0
ORDER BY 1
