-- request: {"measures": ["leads_created", "leads_lost", "leads_qualified", "lead_conversion_period", "lead_processing_time", "leads_in_work_created"]}
WITH {leads}
SELECT
  count(*) FILTER (created_at >= {from} AND created_at < {to}) AS leads_created,
  count(*) FILTER (semantic = 'F' AND closed_at >= {from} AND closed_at < {to}) AS leads_lost,
  count(*) FILTER (semantic = 'S' AND closed_at >= {from} AND closed_at < {to}) AS leads_qualified,
  count(*) FILTER (semantic = 'S' AND closed_at >= {from} AND closed_at < {to})
    / nullif(count(*) FILTER (created_at >= {from} AND created_at < {to}), 0) AS lead_conversion_period,
  avg(epoch(closed_at) - epoch(created_at)) FILTER (semantic <> 'P' AND closed_at >= {from} AND closed_at < {to}) AS lead_processing_time,
  count(*) FILTER (semantic = 'P' AND created_at >= {from} AND created_at < {to}) AS leads_in_work_created
FROM l
