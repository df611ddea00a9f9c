-- First and repeated sales of each client. Deleted deals and those that no sale made are not counted as earlier ones; nor
-- is a deal that nothing dates: nobody can say that it was before.
CREATE OR REPLACE TEMP TABLE deal_repeat AS
WITH fact AS (
  SELECT c.card, c.client_key, c.created_at, k.semantic = 1 AS won,
    CASE WHEN k.semantic = 1 AND k.entry_dated THEN k.entry_at END AS won_at,
    c.deleted_at IS NULL AND NOT k.after_sale AS counts
  FROM deal_card c JOIN deal_close k ON k.card = c.card),
ranked AS (
  SELECT *,
    coalesce(sum((won AND counts)::INTEGER) OVER (PARTITION BY client_key ORDER BY won_at NULLS LAST, card
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS won_before,
    coalesce(sum(counts::INTEGER) OVER (PARTITION BY client_key ORDER BY created_at NULLS LAST, card
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS deals_before,
    min(won_at) FILTER (WHERE won AND counts) OVER (PARTITION BY client_key) AS first_won_at
  FROM fact)
SELECT card,
  (CASE WHEN NOT won THEN 0 WHEN client_key = 0 OR won_before = 0 THEN 1 ELSE 2 END)::TINYINT AS new_or_repeat,
  (CASE WHEN NOT won THEN 0 WHEN client_key = 0 OR deals_before = 0 THEN 1 ELSE 2 END)::TINYINT AS new_or_repeat_any,
  client_key <> 0 AND created_at IS NOT NULL AND deals_before > 0 AND (first_won_at IS NULL OR first_won_at >= created_at) AS repeat_inquiry
FROM ranked;
