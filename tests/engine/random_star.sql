-- A few hundred cards over 2024-06-01 … 2025-03-15 with everything that can go wrong, the same on every run.
CREATE TEMP MACRO pick(key, salt, n) AS CAST(hash(key * 1000 + salt) % n AS INTEGER);
CREATE TEMP TABLE card AS
SELECT k::INTEGER AS key, CASE WHEN pick(k, 1, 25) = 0 THEN NULL ELSE 19875 + pick(k, 2, 287) END AS created,
  pick(k, 3, 3) AS closed, 1 + pick(k, 4, 90) AS lasted, pick(k, 5, 20) = 0 AS deleted, 1 + pick(k, 6, 4) AS owner,
  pick(k, 7, 3) AS source, CASE WHEN pick(k, 8, 6) = 0 THEN NULL ELSE CAST(pick(k, 9, 100000) - 5000 AS DECIMAL(18, 2)) / 100 END AS amount,
  2 + pick(k, 10, 3) AS pipeline, pick(k, 11, 3) AS kind, pick(k, 12, 4) AS next, pick(k, 13, 2) AS currency,
  pick(k, 14, 2) = 0 AS late FROM generate_series(1, 400) AS s(k);
INSERT INTO f_deal BY NAME
SELECT key AS deal_key, created AS created_day, CASE WHEN closed > 0 AND created IS NOT NULL AND created + lasted <= 20162 THEN created + lasted END AS closed_day,
  created + 40 AS planned_day, deleted, CASE WHEN closed_day IS NULL THEN 0 ELSE closed END AS semantic, semantic AS closed_semantic,
  CASE WHEN pipeline = 2 THEN 11 + CASE semantic WHEN 0 THEN pick(key, 15, 2) WHEN 1 THEN 2 ELSE 3 END
       WHEN pipeline = 3 THEN 21 + semantic ELSE 31 END AS stage_key,
  pipeline AS pipeline_key, pipeline = 4 AS after_sale, owner AS owner_key, 1 + pick(key, 16, 4) AS closer_key, owner AS creator_key,
  source AS source_key, kind AS deal_type_key, CASE WHEN semantic = 2 THEN pick(key, 17, 2) ELSE 0 END AS loss_reason_key,
  currency AS currency_key, pick(key, 18, 2) AS client_key, 0 AS client_type_key, 0 AS region_key, 0 AS product_key, 0 AS category_key,
  0 AS utm_source_key, 0 AS utm_medium_key, 0 AS utm_campaign_key, 0 AS utm_content_key, 0 AS utm_term_key, 0 AS lead_key,
  amount AS amount_created, amount AS amount_closed, amount AS amount_planned, amount,
  CASE WHEN closed_day IS NULL THEN NULL WHEN pick(key, 19, 10) = 0 THEN 600 ELSE lasted * 86400 + pick(key, 20, 5000) END AS cycle_s,
  1 + pick(key, 21, 3) AS furthest_ordinal, 0 AS furthest_stage_key, CASE WHEN semantic = 1 THEN 1 + pick(key, 22, 2) ELSE 0 END AS new_or_repeat,
  CASE WHEN semantic = 1 THEN 1 + pick(key, 23, 2) ELSE 0 END AS new_or_repeat_any, pick(key, 24, 5) = 0 AS repeat_inquiry, FALSE AS reopened,
  created AS entered_day, created AS last_sign_day, FALSE AS touched, NULL AS next_step_day, 0 AS open_steps
FROM card;
-- Two states of each card, the last one as the card is now; none after a deletion.
INSERT INTO f_deal_state BY NAME
SELECT deal_key, coalesce(created_day, 19875) AS from_day, coalesce(created_day, 19875) + 10 AS to_day, 0 AS semantic,
  CASE pipeline_key WHEN 2 THEN 11 WHEN 3 THEN 21 ELSE 31 END AS stage_key, pipeline_key, pipeline_key = 4 AS after_sale, CASE pick(deal_key, 65, 3) WHEN 0 THEN 1 + pick(deal_key, 66, 4) ELSE creator_key END AS owner_key,
  coalesce(created_day, 19875) AS entered_day, created_day,
  planned_day + 30 * pick(deal_key, 61, 3) AS planned_day, source_key, 1 AS currency_key, CASE pick(deal_key, 62, 4) WHEN 0 THEN NULL WHEN 1 THEN amount + 50 WHEN 2 THEN amount / 2 ELSE amount END AS amount
FROM (SELECT * REPLACE (CASE pick(deal_key, 63, 5) WHEN 0 THEN 2 + pick(deal_key, 64, 3) ELSE pipeline_key END AS pipeline_key) FROM f_deal)
WHERE NOT deleted AND coalesce(closed_day, 20162) - coalesce(created_day, 19875) >= 10;
INSERT INTO f_deal_state BY NAME
SELECT deal_key, coalesce(created_day, 19875) + 10 AS from_day, coalesce(closed_day, 2147483647) AS to_day, 0 AS semantic, stage_key,
  pipeline_key, after_sale, owner_key, coalesce(created_day, 19875) + 10 AS entered_day, created_day, planned_day, source_key, 1 AS currency_key, amount
FROM f_deal WHERE NOT deleted AND coalesce(closed_day, 20162) - coalesce(created_day, 19875) >= 10
  AND coalesce(closed_day, 2147483647) > coalesce(created_day, 19875) + 10;
INSERT INTO f_deal_state BY NAME
SELECT deal_key, coalesce(closed_day, created_day, 19875) AS from_day, 2147483647 AS to_day, semantic, stage_key, pipeline_key, after_sale,
  owner_key, coalesce(closed_day, created_day, 19875) AS entered_day, created_day, planned_day, source_key, 1 AS currency_key, amount
FROM f_deal d WHERE NOT deleted AND NOT EXISTS (FROM f_deal_state s WHERE s.deal_key = d.deal_key AND s.to_day = 2147483647);
INSERT INTO f_deal_visit BY NAME
SELECT key AS deal_key, n::INTEGER AS visit, CASE f.pipeline_key WHEN 2 THEN 11 + pick(key * 7 + n, 25, 4) WHEN 3 THEN 21 + pick(key * 7 + n, 26, 3) ELSE 31 END AS stage_key,
  f.pipeline_key, pick(key * 7 + n, 27, 3) AS semantic, coalesce(created, 19875) + (n * 9)::INTEGER AS entered_day,
  CASE WHEN n < 1 + next THEN coalesce(created, 19875) + (n * 9 + 9)::INTEGER END AS left_day, CASE WHEN n < 1 + next THEN 777600 + pick(key, 28, 999) END AS seconds,
  CASE WHEN n < 1 + next THEN 1 + pick(key * 7 + n, 29, 4) WHEN f.deleted THEN 5 ELSE 0 END AS outcome, CASE WHEN n > 1 THEN 11 ELSE 0 END AS from_stage_key, f.owner_key,
  f.source_key, f.deleted, f.after_sale, TIMESTAMP '2025-01-01' AS entered_at, NULL AS left_at
FROM card, generate_series(1, 4) AS g(n), f_deal f WHERE f.deal_key = card.key AND n <= 1 + next;
INSERT INTO f_deal_sign SELECT key, coalesce(created, 19875) + pick(key * 3 + n, 30, 80), pick(key * 3 + n, 31, 3) > 0 FROM card, generate_series(1, 3) AS g(n);
INSERT INTO f_deal_step SELECT key, coalesce(created, 19875), 20100 + pick(key, 32, 120), CASE WHEN late THEN 2147483647 ELSE 20120 END FROM card WHERE next > 1;
INSERT INTO f_lead BY NAME
SELECT key AS lead_key, created AS created_day, CASE WHEN closed > 0 AND created IS NOT NULL AND created + lasted <= 20162 THEN created + lasted END AS closed_day,
  deleted, CASE WHEN closed_day IS NULL THEN 0 ELSE closed END AS semantic, semantic AS closed_semantic, CASE semantic WHEN 0 THEN 1 + pick(key, 41, 2) ELSE 2 + semantic END AS stage_key,
  1 AS pipeline_key, owner AS owner_key, 1 + pick(key, 42, 4) AS closer_key, 0 AS creator_key, source AS source_key, 0 AS loss_reason_key, 1 AS currency_key,
  0 AS client_key, 0 AS client_type_key, 0 AS region_key, 0 AS utm_source_key, 0 AS utm_medium_key, 0 AS utm_campaign_key, 0 AS utm_content_key,
  0 AS utm_term_key, amount AS amount_created, amount, CASE WHEN closed_day IS NOT NULL THEN lasted * 86400 END AS cycle_s,
  CASE WHEN pick(key, 43, 4) > 0 THEN pick(key, 44, 500000) END AS first_touch_s, 1 + pick(key, 45, 3) AS furthest_ordinal, 0 AS furthest_stage_key,
  pick(key, 46, 2) = 0 AS junk, FALSE AS repeat, CASE WHEN pick(key, 47, 3) = 0 THEN key ELSE 0 END AS won_deal_key,
  CASE WHEN pick(key, 47, 3) = 0 THEN amount END AS won_amount, created AS entered_day, created AS last_sign_day, FALSE AS touched, NULL AS next_step_day, 0 AS open_steps
FROM card;
INSERT INTO f_lead_state BY NAME
SELECT lead_key, coalesce(created_day, 19875) AS from_day, coalesce(closed_day, 2147483647) AS to_day, 0 AS semantic, 1 AS stage_key, 1 AS pipeline_key, owner_key,
  coalesce(created_day, 19875) AS entered_day, created_day, source_key, currency_key, amount FROM f_lead WHERE NOT deleted AND (closed_day IS NULL OR closed_day > created_day);
INSERT INTO f_lead_state BY NAME
SELECT lead_key, closed_day AS from_day, 2147483647 AS to_day, semantic, stage_key, 1 AS pipeline_key, owner_key, closed_day AS entered_day, created_day, source_key, currency_key, amount
FROM f_lead WHERE NOT deleted AND closed_day IS NOT NULL;
INSERT INTO f_lead_visit BY NAME
SELECT key AS lead_key, n::INTEGER AS visit, 1 + pick(key * 7 + n, 51, 4) AS stage_key, 1 AS pipeline_key, 0 AS semantic, coalesce(created, 19875) + (n * 9)::INTEGER AS entered_day,
  CASE WHEN n < 2 THEN coalesce(created, 19875) + 20 END AS left_day, CASE WHEN n < 2 THEN 100000 + pick(key, 52, 999) END AS seconds, CASE WHEN n < 2 THEN 1 + pick(key * 7 + n, 53, 4) WHEN deleted THEN 5 ELSE 0 END AS outcome,
  n::INTEGER - 1 AS from_stage_key, owner AS owner_key, source AS source_key, deleted, TIMESTAMP '2025-01-01' AS entered_at, NULL AS left_at
FROM card, generate_series(1, 2) AS g(n);
INSERT INTO f_lead_sign SELECT key, coalesce(created, 19875) + pick(key, 54, 80), TRUE FROM card WHERE next > 0;
INSERT INTO f_lead_step SELECT key, coalesce(created, 19875), 20100 + pick(key, 55, 120), 2147483647 FROM card WHERE next > 2;
-- What people did: of every kind, bound to a deal, a lead or nothing, some of it planned, undated or a robot's.
INSERT INTO f_activity BY NAME
SELECT 'a' || key || '.' || n AS activity_id, 'call' AS kind, 1 + pick(key * 7 + n, 81, 11) AS kind_key, CASE WHEN pick(key * 7 + n, 82, 9) > 0 THEN coalesce(created, 19875) + pick(key * 7 + n, 83, 90) END AS day,
  coalesce(created, 19875) AS created_day, CASE WHEN pick(key, 84, 2) = 0 THEN 20100 + pick(key * 7 + n, 85, 90) END AS deadline_day, pick(key * 7 + n, 86, 4) > 0 AS done, done AS completed, FALSE AS auto_completed,
  pick(key * 7 + n, 87, 12) > 0 AS person, pick(key * 7 + n, 88, 5) AS doer_key, CASE WHEN n = 1 THEN key ELSE 0 END AS deal_key, CASE WHEN n = 2 THEN key ELSE 0 END AS lead_key, 0 AS client_key,
  CASE WHEN kind_key <= 3 AND pick(key, 89, 5) > 0 THEN pick(key * 7 + n, 90, 300) END AS duration_s, kind_key = 3 AS missed
FROM card, generate_series(1, 3) AS g(n);
INSERT INTO activity BY NAME SELECT activity_id AS id, kind, 'Дело "' || activity_id || '"' AS subject, completed, TIMESTAMP '2025-01-01' AS seen_at, 1 AS row_hash FROM f_activity;
UPDATE f_deal_visit SET mover_key = owner_key;
-- The cards themselves, for records.
INSERT INTO deal BY NAME SELECT key::TEXT AS id, key, amount, 'Сделка ' || key AS title, '0' AS pipeline_id, TIMESTAMP '2025-01-01' AS seen_at, 1 AS row_hash FROM card;
INSERT INTO lead BY NAME SELECT key::TEXT AS id, key, amount, 'Лид ' || key AS title, 'lead' AS pipeline_id, TIMESTAMP '2025-01-01' AS seen_at, 1 AS row_hash FROM card;
-- Fields of their own, of each type: one that both kinds of cards have, one with several values, unknown values, and days and
-- numbers for ranges.
INSERT INTO custom_field BY NAME
SELECT entity, id, id AS title, type, multiple, TIMESTAMP '2025-01-01' AS seen_at, 1 AS row_hash FROM (VALUES
  ('deal', 'UF_TEXT', 'text', FALSE), ('lead', 'UF_TEXT', 'text', FALSE), ('deal', 'UF_LIST', 'enum', TRUE),
  ('deal', 'UF_NUMBER', 'number', FALSE), ('lead', 'UF_NUMBER', 'number', FALSE), ('deal', 'UF_MONEY', 'money', FALSE),
  ('deal', 'UF_DAY', 'date', FALSE), ('lead', 'UF_FLAG', 'flag', FALSE)) AS t(entity, id, type, multiple);
INSERT INTO custom_option BY NAME
SELECT 'deal' AS entity, 'UF_LIST' AS field_id, 'o' || n AS id, 'Вариант "' || n || '"' AS label, n::INTEGER AS sort FROM generate_series(1, 3) AS g(n);
INSERT INTO custom_value BY NAME
SELECT entity, key::TEXT AS card_id, 'UF_TEXT' AS field_id, 0 AS ordinal, ['да', 'O''Brien «🚀»', 'x'][1 + pick(key, 61, 3)] AS text_value
FROM card, (VALUES ('deal'), ('lead')) AS e(entity) WHERE pick(key, 62, 5) > 0
UNION ALL
SELECT 'lead', key::TEXT, 'UF_FLAG', 0, ['Y', 'N'][1 + pick(key, 63, 2)] FROM card WHERE pick(key, 64, 3) > 0
UNION ALL
-- One, two or all three of the list, or none of it.
SELECT 'deal', key::TEXT, 'UF_LIST', row_number() OVER (PARTITION BY key ORDER BY n) - 1, 'o' || n FROM card, generate_series(1, 3) AS g(n) WHERE pick(key * 5 + n, 65, 2) = 0;
INSERT INTO custom_value BY NAME
SELECT entity, key::TEXT AS card_id, 'UF_NUMBER' AS field_id, 0 AS ordinal, (pick(key, 66, 40) - 10) / 4.0 AS number_value
FROM card, (VALUES ('deal'), ('lead')) AS e(entity) WHERE pick(key, 67, 4) > 0;
INSERT INTO custom_value BY NAME
SELECT 'deal' AS entity, key::TEXT AS card_id, 'UF_MONEY' AS field_id, 0 AS ordinal, CAST(pick(key, 68, 20000) - 1000 AS DECIMAL(18, 2)) / 100 AS money_value
FROM card WHERE pick(key, 69, 4) > 0;
INSERT INTO custom_value BY NAME
SELECT 'deal' AS entity, key::TEXT AS card_id, 'UF_DAY' AS field_id, 0 AS ordinal, 20089 + pick(key, 70, 60) AS day_value FROM card WHERE pick(key, 71, 3) > 0;
-- Wins and purchases as the derivation tells them; hours of some.
UPDATE f_deal_visit SET won_day = d.closed_day FROM f_deal AS d WHERE d.deal_key = f_deal_visit.deal_key AND d.closed_semantic = 1;
UPDATE f_deal SET purchase_nth = b.nth, purchase_until_day = b.until_day, purchase_before_day = b.before_day, purchase_third_day = b.third_day, purchase_first_day = b.first_day, purchase_gap = 20
FROM (SELECT deal_key, row_number() OVER w AS nth, coalesce(lead(closed_day) OVER w, 2147483647) AS until_day, lag(closed_day) OVER w AS before_day, lag(closed_day, 2) OVER w AS third_day, first_value(closed_day) OVER w AS first_day
  FROM f_deal WHERE closed_semantic = 1 AND closed_day IS NOT NULL AND client_key <> 0 AND NOT deleted AND NOT after_sale WINDOW w AS (PARTITION BY client_key ORDER BY closed_day, deal_key)) AS b
WHERE b.deal_key = f_deal.deal_key;
UPDATE f_deal SET created_hour = pick(deal_key, 91, 24), closed_hour = CASE WHEN closed_day IS NOT NULL THEN pick(deal_key, 92, 24) END;
UPDATE f_lead SET created_hour = pick(lead_key, 93, 24);
