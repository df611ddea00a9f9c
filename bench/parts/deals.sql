-- Deals as the plain tables tell them: d (semantic, closed, seller, money), and when each was closed.
closing AS (
  SELECT card_id, max(moved_at) AS closed_at FROM stage_event WHERE entity = 'deal' AND kind = 3 GROUP BY card_id),
d AS (
  SELECT d.*, s.semantic, CASE WHEN s.semantic <> 'P' THEN c.closed_at END AS closed, coalesce(d.seller_id, d.owner_id) AS seller,
    round(d.amount * coalesce(r.rate, 1), 2) AS money
  FROM deal d
  JOIN stage s ON s.entity = 'deal' AND s.pipeline_id = d.pipeline_id AND s.id = d.stage_id
  LEFT JOIN closing c ON c.card_id = d.id
  LEFT JOIN currency_rate r ON r.currency = d.currency
  WHERE d.deleted_at IS NULL AND d.pipeline_id <> '4' {deal})
