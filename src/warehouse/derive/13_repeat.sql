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
  FROM fact),
-- Purchases of each client, one after another.
sale AS (
  SELECT card, client_key, won_at, local_day(won_at) AS day FROM fact WHERE won AND counts AND won_at IS NOT NULL AND client_key <> 0),
bought AS (
  SELECT card, client_key, won_at, day, row_number() OVER w AS nth, lag(day) OVER w AS before_day, lag(day, 2) OVER w AS third_day,
    first_value(day) OVER w AS first_day, coalesce(lead(day) OVER w, 2147483647) AS until_day
  FROM sale WINDOW w AS (PARTITION BY client_key ORDER BY won_at, card)),
paced AS (
  SELECT card, quantile_cont(day - before_day, 0.5) OVER (PARTITION BY client_key ORDER BY nth ROWS UNBOUNDED PRECEDING) AS gap FROM bought)
SELECT r.card,
  (CASE WHEN NOT won THEN 0 WHEN r.client_key = 0 OR won_before = 0 THEN 1 ELSE 2 END)::TINYINT AS new_or_repeat,
  (CASE WHEN NOT won THEN 0 WHEN r.client_key = 0 OR deals_before = 0 THEN 1 ELSE 2 END)::TINYINT AS new_or_repeat_any,
  r.client_key <> 0 AND created_at IS NOT NULL AND deals_before > 0 AND (first_won_at IS NULL OR first_won_at >= created_at) AS repeat_inquiry,
  b.nth::INTEGER AS purchase_nth, b.until_day AS purchase_until_day, b.before_day AS purchase_before_day,
  b.third_day AS purchase_third_day, b.first_day AS purchase_first_day, p.gap AS purchase_gap
FROM ranked r LEFT JOIN bought b ON b.card = r.card LEFT JOIN paced p ON p.card = r.card;
