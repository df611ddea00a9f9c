-- The main product of a deal: the line with the largest amount.
CREATE OR REPLACE TEMP TABLE deal_product AS
SELECT r.key AS card, arg_max(p.key, coalesce(l.amount, 0) - l.ordinal * 0.0001) AS product_key
FROM product_line l JOIN deal_rows r ON r.id = l.deal_id JOIN product p ON p.id = l.product_id GROUP BY r.key;

-- Amounts in the base currency at the rate of each role's day; without the day, at the last rate. A product of two
-- DECIMAL(18) stays within 18 digits in DuckDB, which 1,000,000.00 at a rate of 98.50000000 leaves: hence the wider one.
CREATE OR REPLACE TEMP TABLE deal_money AS
WITH role AS (
  SELECT c.card, c.currency_key, c.amount, v.role, v.day
  FROM deal_card c JOIN deal_close k ON k.card = c.card,
  LATERAL (VALUES ('created', coalesce(c.created_day, 2147483646)),
    ('closed', coalesce(CASE WHEN k.semantic <> 0 AND k.entry_dated THEN local_day(k.entry_at) END, 2147483646)),
    ('planned', coalesce(c.planned_close, 2147483646)), ('now', 2147483646)) v(role, day)
  WHERE c.amount IS NOT NULL AND {slice:c.card} AND {slice:k.card}),
priced AS (
  SELECT o.card, o.role, CAST(CAST(o.amount AS DECIMAL(20, 2)) * r.rate AS DECIMAL(18, 2)) AS amount
  FROM role o ASOF JOIN d_rate r ON r.currency_key = o.currency_key AND r.from_day <= o.day)
SELECT card, max(amount) FILTER (WHERE role = 'created') AS created, max(amount) FILTER (WHERE role = 'closed') AS closed,
  max(amount) FILTER (WHERE role = 'planned') AS planned, max(amount) FILTER (WHERE role = 'now') AS now
FROM priced GROUP BY card;

-- Needs deal_repeat (13_repeat.sql).
INSERT INTO f_deal
SELECT c.card, c.created_day, CASE WHEN k.semantic <> 0 AND k.entry_dated THEN local_day(k.entry_at) END, c.planned_close,
  c.deleted_at IS NOT NULL, k.semantic, k.semantic, k.stage_key, k.pipeline_key, k.after_sale, c.owner_key,
  CASE WHEN k.semantic <> 0 AND {seller_frozen} THEN c.seller_key ELSE c.owner_key END, c.creator_key, c.source_key,
  coalesce(t.key, 0), c.loss_reason_key, c.currency_key, c.client_key, c.client_type_key, c.region_key,
  coalesce(p.product_key, 0), coalesce(dp.category_key, 0), c.utm_source_key, c.utm_medium_key, c.utm_campaign_key,
  c.utm_content_key, c.utm_term_key, coalesce(l.key, 0), m.created, m.closed, m.planned, m.now,
  CASE WHEN k.semantic <> 0 AND k.entry_dated THEN date_diff('second', c.created_at, k.entry_at) END,
  f.ordinal, f.stage_key, n.new_or_repeat, n.new_or_repeat_any, coalesce(n.repeat_inquiry, FALSE), k.reopened,
  local_day(k.entered_at), coalesce(local_day(e.last_at), c.created_day), e.last_at IS NOT NULL, s.next_step_day,
  coalesce(s.open_steps, 0), c.industry_key, n.purchase_nth,
  n.purchase_until_day, n.purchase_before_day, n.purchase_third_day, n.purchase_first_day, n.purchase_gap, local_hour(c.created_at),
  CASE WHEN k.semantic <> 0 AND k.entry_dated THEN local_hour(k.entry_at) END
FROM deal_card c
JOIN deal_rows r ON r.key = c.card
JOIN deal_close k ON k.card = c.card
JOIN deal_furthest f ON f.card = c.card
JOIN deal_repeat n ON n.card = c.card
LEFT JOIN deal_money m ON m.card = c.card
LEFT JOIN deal_product p ON p.card = c.card
LEFT JOIN d_product dp ON dp.key = p.product_key
LEFT JOIN d_code t ON t.kind = 'deal_type' AND t.id = r.deal_type_id
LEFT JOIN lead l ON l.id = r.lead_id
LEFT JOIN deal_life e ON e.card = c.card
LEFT JOIN deal_open s ON s.card = c.card
WHERE {slice:c.card} AND {slice:r.key} AND {slice:k.card} AND {slice:f.card} AND {slice:n.card}
ORDER BY 2;

-- The last comment, for lists of deals; none where the only one was deleted.
UPDATE deal SET last_comment = x.text, last_comment_at = x.moment
FROM (
  SELECT r.key AS card, c.text, c.moment
  FROM deal_rows r LEFT JOIN (
    SELECT b.card, arg_max(a.text, coalesce(a.happened_at, a.created_at)) AS text,
      max(coalesce(a.happened_at, a.created_at)) AS moment
    FROM deal_bound b JOIN touching a ON a.id = b.activity_id
    WHERE a.kind = 'comment' AND a.deleted_at IS NULL AND a.text IS NOT NULL GROUP BY b.card) c ON c.card = r.key) x
WHERE deal.key = x.card AND (deal.last_comment IS DISTINCT FROM x.text OR deal.last_comment_at IS DISTINCT FROM x.moment);
