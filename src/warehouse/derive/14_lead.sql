CREATE OR REPLACE TEMP TABLE lead_money AS
WITH role AS (
  SELECT c.card, c.currency_key, c.amount, v.role, v.day
  FROM lead_card c, LATERAL (VALUES ('created', coalesce(c.created_day, 2147483646)), ('now', 2147483646)) v(role, day)
  WHERE c.amount IS NOT NULL AND {slice:c.card}),
priced AS (
  SELECT o.card, o.role, CAST(CAST(o.amount AS DECIMAL(20, 2)) * r.rate AS DECIMAL(18, 2)) AS amount
  FROM role o ASOF JOIN d_rate r ON r.currency_key = o.currency_key AND r.from_day <= o.day)
SELECT card, max(amount) FILTER (WHERE role = 'created') AS created, max(amount) FILTER (WHERE role = 'now') AS now
FROM priced GROUP BY card;

-- Needs lead_repeat (14_repeat.sql).
INSERT INTO f_lead
WITH sold AS (
  SELECT lead_key, min(deal_key) AS deal_key, sum(amount_closed)::DECIMAL(18, 2) AS amount
  FROM f_deal WHERE lead_key <> 0 AND closed_semantic = 1 AND NOT deleted AND NOT after_sale GROUP BY lead_key)
SELECT c.card, c.created_day, CASE WHEN k.semantic <> 0 AND k.entry_dated THEN local_day(k.entry_at) END,
  c.deleted_at IS NOT NULL, k.semantic, k.semantic, k.stage_key, k.pipeline_key, c.owner_key,
  CASE WHEN k.semantic <> 0 AND {seller_frozen} THEN c.seller_key ELSE c.owner_key END, c.creator_key, c.source_key, c.loss_reason_key,
  c.currency_key, c.client_key, c.client_type_key, c.region_key, c.utm_source_key, c.utm_medium_key, c.utm_campaign_key,
  c.utm_content_key, c.utm_term_key, m.created, m.now,
  CASE WHEN k.semantic <> 0 AND k.entry_dated THEN date_diff('second', c.created_at, k.entry_at) END,
  date_diff('second', c.created_at, e.answer_at), f.ordinal, f.stage_key,
  k.semantic = 2 AND {junk},
  o.repeat, coalesce(w.deal_key, 0), w.amount, local_day(k.entered_at),
  coalesce(local_day(e.last_at), c.created_day), e.last_at IS NOT NULL, s.next_step_day, coalesce(s.open_steps, 0), c.industry_key,
  local_hour(c.created_at), CASE WHEN k.semantic <> 0 AND k.entry_dated THEN local_hour(k.entry_at) END
FROM lead_card c
JOIN lead_close k ON k.card = c.card
JOIN lead_furthest f ON f.card = c.card
LEFT JOIN stage g ON g.key = k.stage_key
LEFT JOIN d_code r ON r.kind = 'loss_reason' AND r.key = c.loss_reason_key
LEFT JOIN dictionary y ON y.kind = 'loss_reason' AND y.id = r.id
LEFT JOIN lead_money m ON m.card = c.card
JOIN lead_repeat o ON o.card = c.card
LEFT JOIN sold w ON w.lead_key = c.card
LEFT JOIN lead_life e ON e.card = c.card
LEFT JOIN lead_open s ON s.card = c.card
WHERE {slice:c.card} AND {slice:k.card} AND {slice:f.card} AND {slice:o.card}
ORDER BY 2;
