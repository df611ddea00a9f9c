-- Stretches of a card's life in which stage, amount, currency, responsible and planned close were the same.
CREATE OR REPLACE TEMP TABLE {card}_span AS
WITH changed_card AS (SELECT DISTINCT card FROM {card}_change WHERE {slice:card}),
-- Values of the change log with keys; a struct, so that a change to "unknown" is not a hole.
value AS (
  SELECT f.card, f.moment, f.sequence,
    CASE WHEN f.field = 'amount' THEN {'v': f.new_value::DECIMAL(18, 2)} END AS amount,
    CASE WHEN f.field = 'currency' THEN {'v': coalesce(c.key, 0)} END AS currency,
    CASE WHEN f.field = 'owner' THEN {'v': coalesce(u.key, 0)} END AS owner,
    CASE WHEN f.field = 'planned_close' THEN {'v': date_diff('day', DATE '1970-01-01', f.new_value::DATE)::INTEGER} END
      AS planned
  FROM {card}_change f
  LEFT JOIN d_code c ON c.kind = 'currency' AND c.id = CASE WHEN f.field = 'currency' THEN f.new_value END
  LEFT JOIN crm_user u ON u.id = CASE WHEN f.field = 'owner' THEN f.new_value END
  WHERE {slice:f.card}),
oldest AS (
  SELECT card, field, first({'v': old_value} ORDER BY moment, sequence) AS o FROM {card}_change WHERE {slice:card}
  GROUP BY card, field),
-- What held before the first change that we saw; without one, what holds now.
start AS (
  SELECT k.card,
    CASE WHEN a.o IS NULL THEN {'v': c.amount} ELSE {'v': a.o.v::DECIMAL(18, 2)} END AS amount,
    CASE WHEN q.o IS NULL THEN {'v': c.currency_key} ELSE {'v': coalesce(cur.key, 0)} END AS currency,
    CASE WHEN w.o IS NULL THEN {'v': c.owner_key} ELSE {'v': coalesce(u.key, 0)} END AS owner,
    CASE WHEN p.o IS NULL THEN {'v': c.planned_close}
         ELSE {'v': date_diff('day', DATE '1970-01-01', p.o.v::DATE)::INTEGER} END AS planned
  FROM changed_card k JOIN {card}_card c ON c.card = k.card
  LEFT JOIN oldest a ON a.card = k.card AND a.field = 'amount'
  LEFT JOIN oldest q ON q.card = k.card AND q.field = 'currency'
  LEFT JOIN oldest w ON w.card = k.card AND w.field = 'owner'
  LEFT JOIN oldest p ON p.card = k.card AND p.field = 'planned_close'
  LEFT JOIN d_code cur ON cur.kind = 'currency' AND cur.id = q.o.v
  LEFT JOIN crm_user u ON u.id = w.o.v),
tick AS (
  SELECT card, TIMESTAMP '-infinity' AS moment, -1 AS kind, 0 AS place, NULL AS visit, amount, currency, owner, planned
  FROM start
  UNION ALL
  SELECT card, moment, 0, visit, visit, NULL, NULL, NULL, NULL FROM {card}_chain
  WHERE card IN (SELECT card FROM changed_card) AND {slice:card}
  UNION ALL
  SELECT card, moment, 1, sequence, NULL, amount, currency, owner, planned FROM value),
filled AS (
  SELECT card, moment, kind, place, last_value(visit IGNORE NULLS) OVER w AS visit,
    last_value(amount IGNORE NULLS) OVER w AS amount, last_value(currency IGNORE NULLS) OVER w AS currency,
    last_value(owner IGNORE NULLS) OVER w AS owner, last_value(planned IGNORE NULLS) OVER w AS planned,
    lead(moment) OVER w AS next_moment
  FROM tick WINDOW w AS (PARTITION BY card ORDER BY moment, kind, place))
SELECT h.card, h.visit, h.visit AS place, h.moment, h.until, h.is_last, c.amount, c.currency_key, c.owner_key,
  c.planned_close
FROM {card}_chain h JOIN {card}_card c ON c.card = h.card
WHERE h.card NOT IN (SELECT card FROM changed_card) AND {slice:h.card} AND {slice:c.card}
UNION ALL
SELECT f.card, f.visit, row_number() OVER (PARTITION BY f.card ORDER BY f.moment, f.kind, f.place), f.moment,
  coalesce(f.next_moment, CASE WHEN c.deleted_at > f.moment THEN c.deleted_at END), f.next_moment IS NULL, f.amount.v,
  f.currency.v, f.owner.v, f.planned.v
FROM filled f JOIN {card}_card c ON c.card = f.card
WHERE f.visit IS NOT NULL AND {slice:c.card};
