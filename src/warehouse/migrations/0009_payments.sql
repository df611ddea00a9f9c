-- Payments (metrics.md, Money). client_id: of a purchase that belongs to a client and to no deal ('contact:9', 'company:5').
-- paid_amount: what has come so far of a planned payment; NULL: nothing is known of parts.
ALTER TABLE payment ADD COLUMN client_id TEXT;
ALTER TABLE payment ADD COLUMN paid_amount DECIMAL(18, 2);
-- Every payment, in parts that are either paid or not: a payment that has come in part is two of them, and custom fields that
-- a portal's settings call payments (portal_setting 'field', payment_paid/AMOUNT FIELD and payment_due/AMOUNT FIELD = the
-- field with the day) are one for each deal that fills the amount. paid_day only of what is paid. id is unique.
CREATE VIEW payment_part AS
WITH mapped AS (
  SELECT split_part(name, '/', 2) AS field_id, max(value) FILTER (name LIKE 'payment_paid/%') AS paid_field,
    max(value) FILTER (name LIKE 'payment_due/%') AS due_field
  FROM portal_setting WHERE kind = 'field' AND (name LIKE 'payment_paid/%' OR name LIKE 'payment_due/%') GROUP BY 1),
dated AS (
  SELECT card_id, field_id, min(day_value) AS on_day FROM custom_value
  WHERE entity = 'deal' AND day_value IS NOT NULL AND field_id IN (SELECT paid_field FROM mapped UNION SELECT due_field FROM mapped)
  GROUP BY card_id, field_id),
amount AS (
  SELECT card_id, field_id, arg_min(coalesce(money_value, TRY_CAST(number_value AS DECIMAL(18, 2))), ordinal) AS amount FROM custom_value
  WHERE entity = 'deal' AND field_id IN (SELECT field_id FROM mapped) AND coalesce(money_value, number_value) IS NOT NULL
  GROUP BY card_id, field_id)
SELECT id, deal_id, client_id, amount, currency, due_day, CASE WHEN state = 'paid' THEN paid_day END AS paid_day, state, comment
FROM payment WHERE paid_amount IS NULL OR state <> 'planned'
UNION ALL
SELECT id, deal_id, client_id, amount - paid_amount, currency, due_day, NULL, 'planned', comment
FROM payment WHERE paid_amount IS NOT NULL AND state = 'planned'
UNION ALL
SELECT id || ':paid', deal_id, client_id, paid_amount, currency, due_day, paid_day, 'paid', comment
FROM payment WHERE paid_amount IS NOT NULL AND state = 'planned'
UNION ALL
SELECT 'field:' || d.id || ':' || m.field_id, d.id, NULL, a.amount, d.currency, due.on_day, paid.on_day,
  CASE WHEN paid.on_day IS NULL THEN 'planned' ELSE 'paid' END, f.title
FROM mapped m JOIN amount a ON a.field_id = m.field_id JOIN deal d ON d.id = a.card_id AND d.deleted_at IS NULL
LEFT JOIN dated paid ON paid.card_id = a.card_id AND paid.field_id = m.paid_field
LEFT JOIN dated due ON due.card_id = a.card_id AND due.field_id = m.due_field
LEFT JOIN custom_field f ON f.entity = 'deal' AND f.id = m.field_id
WHERE a.amount <> 0;
